/* What is counted, to the last call and byte. */
#include "audit_test.h"
#include "skip.h"

#include <string.h>

Test(audit, a_program_that_allocates_nothing_counts_nothing) {
    UNDER_BOTH("nothing", TA_LEDGER_TRACK_LIVE, run) {
        EXPECT(run, ta_counters_allocs(&run.sum), 0);
        EXPECT(run, ta_counters_frees(&run.sum), 0);
        EXPECT(run, run.sum.failed_calls, 0);
        EXPECT(run, run.sum.freed_null, 0);
        EXPECT(run, run.ledger->ended, 1);
        EXPECT(run, run.ledger->images, 1);
    }
}

static void expect_kinds(const audited *run) {
    const ta_counters *sum = &run->sum;
    EXPECT(*run, sum->allocated_calls, 7 + 1 + 2);
    EXPECT(*run, sum->allocated_bytes, 7 * 10 + 40 + 2 * 24);
    EXPECT(*run, sum->zeroed_calls, 5 + 1);
    EXPECT(*run, sum->zeroed_bytes, 5 * 33 + 24);
    EXPECT(*run, sum->resized_calls, 4);
    EXPECT(*run, sum->resized_bytes, 100 + 200 + 300 + 400);
    EXPECT(*run, sum->aligned_calls, 5 + 1);
    EXPECT(*run, sum->aligned_bytes, 1000 + 128 + 99 + 5 + 1 + 24);
    EXPECT(*run, sum->freed_calls, 7 + 5 + 1 + 5);
    EXPECT(*run, sum->freed_null, 4);
    EXPECT(*run, sum->failed_calls, 8);
    EXPECT(*run, ta_counters_live_blocks(sum), 4);
}

Test(audit, each_function_counts_under_its_kind_and_as_many_bytes_as_asked) {
    UNDER_BOTH("kinds", 0, run) {
        expect_kinds(&run);
        EXPECT(run, run.sum.usable_taken, 0);
    }
}

Test(audit, live_bytes_are_those_of_the_blocks_still_held) {
    UNDER_BOTH("kinds", TA_LEDGER_TRACK_LIVE, run) {
        expect_kinds(&run);
        int64_t live = ta_counters_live_bytes(&run.sum);
        cr_expect(live >= 4 * 24 && live <= 4 * 24 + 4 * 40, "%s: %lld live bytes",
                  run.ledger->allocator, (long long)live);
    }
}

/* The subject asks malloc_usable_size of each block and adds up itself. */
Test(audit, live_bytes_are_what_malloc_usable_size_says_for_every_size_and_way) {
    UNDER_BOTH("sizes", TA_LEDGER_TRACK_LIVE, run)
    cr_expect_gt(run.sum.usable_taken, 100u << 20, "%s: not tracked", run.ledger->allocator);
}

static void expect_operators(uint32_t flags) {
    UNDER_BOTH("operators", flags, run) {
        /* libstdc++ keeps a pool for exceptions from its start to the end of the process. */
        EXPECT(run, run.sum.allocated_calls, 6 + 1);
        EXPECT(run, run.sum.aligned_calls, 6);
        EXPECT(run, run.sum.aligned_bytes, 6 * 40);
        EXPECT(run, run.sum.freed_calls, 12);
        EXPECT(run, run.sum.freed_null, 0);
        EXPECT(run, run.ledger->hooked & TA_HOOKED_OPERATORS, TA_HOOKED_OPERATORS);
    }
}

Test(audit, every_operator_new_and_delete_is_counted_once) {
    expect_operators(0);
    expect_operators(TA_LEDGER_TRACK_LIVE);
}

Test(audit, a_signal_handler_in_the_middle_of_a_count_loses_none) {
    UNDER_BOTH("handlers", 0, run) {
        uint64_t rounds = run.ledger->observation.spawned, signals = run.ledger->observation.died;
        uint64_t within = (rounds + 999) / 1000;
        cr_assert_geq(signals, 400);
        EXPECT(run, run.sum.freed_null, rounds + within + 2 * signals);
        EXPECT(run, run.sum.failed_calls, rounds + signals);
        EXPECT(run, run.sum.hot_allocs, 2);
        EXPECT(run, audited_hot_path(&run, "main")->entries, rounds);
        EXPECT(run, audited_hot_path(&run, "handler")->entries, signals);
        EXPECT(run, audited_hot_path(&run, "handler")->allocs, 0);
        EXPECT(run, run.ledger->lost.scopes, 0);
    }
}

Test(audit, memory_taken_past_malloc_is_counted_but_not_the_allocators) {
    UNDER_BOTH("maps", 0, run) {
        EXPECT(run, run.sum.mapped_calls, 5);
        EXPECT(run, run.sum.mapped_bytes, (3 + 1 + 2 + 1 + 2) * 4096);
        EXPECT(run, run.sum.unmapped_calls, 1);
        EXPECT(run, run.sum.unmapped_bytes, 4096);
    }
}

Test(audit, calls_before_there_is_a_ledger_are_counted_in_it) {
#if __GLIBC_PREREQ(2, 43)
    ta_skip("glibc since 2.43 cannot allocate in an IFUNC resolver");
#endif
    audited run = run_well(0, 0, "earliest");
    EXPECT(run, run.sum.aligned_calls, 1);
    EXPECT(run, run.sum.aligned_bytes, 30);
    audited_end(&run);
}

Test(audit, calls_of_constructors_and_before_them_are_counted) {
    UNDER_BOTH("early", TA_LEDGER_TRACK_LIVE, run) {
        EXPECT(run, run.sum.aligned_calls, 3);
        EXPECT(run, run.sum.aligned_bytes, 10 + 20 + 40);
        EXPECT(run, run.sum.freed_calls, 3);
    }
}

Test(audit, plugins_loaded_and_unloaded_are_counted) {
    UNDER_BOTH("plugins", TA_LEDGER_SITES, run) {
        EXPECT(run, run.sum.aligned_calls, 50);
        EXPECT(run, run.sum.hot_allocs, 50);
        EXPECT(run, run.sum.hot_bytes, 50 * 33);
        EXPECT(run, run.sum.hot_frees, 50);
        EXPECT(run, run.ledger->hooked & TA_HOOKED_BYPASSED, 0);
    }
}

Test(audit, blocks_of_a_module_bound_past_us_come_back_and_the_ledger_says_so) {
    UNDER_BOTH("deepbind", TA_LEDGER_TRACK_LIVE, run) {
        EXPECT(run, run.sum.aligned_calls, 200);
        EXPECT(run, run.ledger->hooked & TA_HOOKED_BYPASSED, TA_HOOKED_BYPASSED);
    }
}
