/* Threads, children and programs in odd circumstances. */
#include "audit_test.h"

#include <stdlib.h>

Test(audit, ten_thousand_threads_are_counted_to_the_last_destructor) {
    enum { THREADS = 33 * 300 + 100 };
    UNDER_BOTH("threads", TA_LEDGER_TRACK_LIVE, run) {
        EXPECT(run, run.sum.aligned_calls, 3 * THREADS);
        EXPECT(run, run.sum.aligned_bytes, 300 * THREADS);
        EXPECT(run, run.sum.hot_frees, THREADS);
        EXPECT(run, run.ledger->threads_seen, THREADS + 1);
        EXPECT(run, run.ledger->lost.threads, 0);
        cr_expect_leq(run.ledger->slots_used, 1000, "%u slots for 300 threads at once",
                      run.ledger->slots_used);
    }
}

Test(audit, a_child_however_forked_leaves_its_parents_ledger_alone) {
    UNDER_BOTH("forks", TA_LEDGER_TRACK_LIVE | TA_LEDGER_SITES, run) {
        EXPECT(run, run.sum.aligned_calls, 3 * 20000);
        EXPECT(run, run.sum.aligned_bytes, 3 * 20000 * 48);
        EXPECT(run, run.sum.hot_allocs, 0);
        EXPECT(run, run.ledger->ticks_done, 0);
        EXPECT(run, run.ledger->images, 1);
        EXPECT(run, run.ledger->threads_seen, 4);
        EXPECT(run, run.ledger->hooked & TA_HOOKED_FORK, TA_HOOKED_FORK);
        cr_expect_null(audited_hot_path(&run, "child"));
    }
}

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Two threads in one slot lose counts only now and then, so look at who has which. */
static void expect_distinct_owners(const audited *run) {
    static int32_t owners[TA_LEDGER_SLOTS_MAX];
    uint32_t used = run->ledger->slots_used;
    for (uint32_t i = 0; i < used; i++)
        owners[i] = ta_ledger_slots(run->ledger)[i].thread_id;
    qsort(owners, used, sizeof *owners, by_value);
    for (uint32_t i = 1; i < used; i++)
        cr_expect(owners[i] != owners[i - 1], "two slots of %d", owners[i]);
}

Test(audit, a_thread_whose_vfork_child_called_first_keeps_its_slot) {
    UNDER_BOTH("vforks", 0, run) {
        EXPECT(run, run.sum.aligned_calls, 2 * 100 + 20 * 20000 + 40 * 2000);
        EXPECT(run, run.sum.freed_null >= 20, 1);
        EXPECT(run, run.ledger->lost.threads, 0);
        expect_distinct_owners(&run);
    }
}

Test(audit, a_program_that_becomes_another_by_exec_begins_at_nothing) {
    UNDER_BOTH("again", 0, run) {
        EXPECT(run, run.ledger->images, 2);
        EXPECT(run, run.sum.aligned_calls, 5);
        EXPECT(run, run.sum.hot_allocs, 0);
        cr_expect_null(audited_hot_path(&run, "earlier"));
    }
}

Test(audit, a_program_with_its_own_malloc_is_never_taken_for_one_that_allocates_nothing) {
    for (unsigned library = 0; library < 2; library++) {
        audited run = audited_run(both_libraries[library], 0, "own_malloc");
        EXPECT(run, run.exit_code, 0);
        EXPECT(run, run.ledger->alive, TA_ALIVE_FOREIGN);
        audited_end(&run);
    }
}

Test(audit, no_descriptor_no_file_system_and_no_open_are_needed_after_the_start) {
    UNDER_BOTH("hermit", TA_LEDGER_SITES, run) {
        EXPECT(run, run.sum.aligned_calls, 13);
        EXPECT(run, run.sum.hot_allocs, 3);
        EXPECT(run, run.ledger->lost.sites, 0);
    }
}

Test(audit, a_child_without_memory_for_a_ledger_still_leaves_its_parents_alone) {
    UNDER_BOTH("starved", TA_LEDGER_TRACK_LIVE, run) {
        EXPECT(run, run.sum.aligned_calls, 1);
        EXPECT(run, run.sum.failed_calls, 1);
        EXPECT(run, run.sum.freed_null, 0);
        cr_expect_null(audited_hot_path(&run, "child"));
    }
}
