/* Assertions that hold, in a program that links the auditor. */
#include "subject.h"

#include "tickaudit/criterion.h"

#include <math.h>
#include <pthread.h>

Test(intest, what_allocates_nothing_passes) {
    unsigned sum = 0;
    ta_assert_no_alloc {
        for (unsigned i = 0; i < 10; i++)
            sum += i;
    }
    ta_expect_no_process_alloc {
        sum++;
    }
    cr_assert_eq(sum, 46);
}

Test(intest, each_word_compares_as_criterions_does) {
    ta_expect_allocs(eq, 3) {
        take_and_give_back(3, 10);
    }
    ta_expect_allocs(ne, 4) {
        take_and_give_back(3, 10);
    }
    ta_expect_allocs(lt, 4) {
        take_and_give_back(3, 10);
    }
    ta_expect_allocs(le, 3) {
        take_and_give_back(3, 10);
    }
    ta_expect_allocs(gt, 2) {
        take_and_give_back(3, 10);
    }
    ta_expect_allocs(ge, 3) {
        take_and_give_back(3, 10);
    }
    ta_assert_allocs(eq, 3) {
        take_and_give_back(3, 10);
    }
    ta_assert_process_allocs(eq, 3) {
        take_and_give_back(3, 10);
    }
}

Test(intest, a_passing_assertion_allocates_nothing_itself) {
    ta_assert_no_alloc {
        ta_assert_allocs(eq, 0) {
        }
        ta_expect_no_alloc {
            cr_assert(true);
        }
    }
}

Test(intest, assertions_nest) {
    ta_expect_allocs(eq, 3) {
        take_and_give_back(1, 10);
        ta_expect_allocs(eq, 2) {
            take_and_give_back(2, 10);
        }
    }
}

Test(intest, all_is_in_the_counts) {
    ta_counts counts;
    void *kept = NULL;
    TA_COUNT_ALLOCS(counts) {
        take_and_give_back(2, 10);
        kept = malloc(100);
        ta_sink(kept);
        kept = realloc(kept, 200);
        ta_sink(kept);
    }
    cr_expect_eq(counts.allocs, 4);
    cr_expect_eq(counts.frees, 3);
    cr_expect_eq(counts.bytes, 2 * 10 + 100 + 200);
    cr_expect_eq(counts.failed, 0);
    cr_expect_eq(counts.live_blocks, 1);
    free(kept);
}

Test(intest, hot_allocations_are_counted_apart_and_allowed_ones_too) {
    ta_counts counts;
    TA_COUNT_ALLOCS(counts) {
        TA_HOT_PATH("intest") {
            take_and_give_back(2, 10);
            TA_ALLOW("intest", "to see what is not held against it") {
                take_and_give_back(5, 1);
            }
        }
    }
    cr_expect_eq(counts.allocs, 7);
    cr_expect_eq(counts.hot_allocs, 2);
}

static int leave_by_return(ta_counts *counts) {
    TA_COUNT_ALLOCS(*counts) {
        take_and_give_back(2, 10);
        return 7;
    }
    return 0;
}

static void leave_by_goto(ta_counts *counts) {
    TA_COUNT_ALLOCS(*counts) {
        take_and_give_back(3, 10);
        goto out;
    }
    cr_assert_fail("not left");
out:
    take_and_give_back(1, 10);
}

Test(intest, a_block_that_is_left_early_is_counted_up_to_there) {
    ta_counts counts;
    cr_expect_eq(leave_by_return(&counts), 7);
    cr_expect_eq(counts.allocs, 2);
    leave_by_goto(&counts);
    cr_expect_eq(counts.allocs, 3);
    unsigned rounds = 0;
    for (; rounds < 2; rounds++) {
        TA_COUNT_ALLOCS(counts) {
            take_and_give_back(1, 10);
            break; /* leaves the block, not the loop */
        }
        cr_expect_eq(counts.allocs, 1);
    }
    cr_expect_eq(rounds, 2);
    ta_expect_no_alloc {
        break;
    }
}

Test(intest, an_average_leaves_the_first_call_out) {
    unsigned calls = 0;
    cr_expect(ta_allocs_per_run(take_every_second_time, &calls, 10) == 0.5);
    cr_expect_eq(calls, 11);
    cr_expect(ta_process_allocs_per_run(take_every_second_time, &calls, 1) == 1);
    cr_expect(isnan(ta_allocs_per_run(take_every_second_time, &calls, 0)));
}

enum { THREADS = 4, ROUNDS = 2000 };
static unsigned wrong_counts;

static void *count_alone(void *context) {
    unsigned mine = *(const unsigned *)context;
    for (unsigned round = 0; round < ROUNDS; round++) {
        ta_counts counts;
        TA_COUNT_ALLOCS(counts) {
            take_and_give_back(mine, 16);
        }
        if (counts.allocs != mine || counts.frees != mine || counts.bytes != mine * 16)
            __atomic_fetch_add(&wrong_counts, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void run_threads(void *context) {
    (void)context;
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        cr_assert_eq(pthread_create(&threads[i], NULL, count_alone, &numbers[i]), 0);
    }
    for (unsigned round = 0; round < ROUNDS; round++)
        ta_expect_no_alloc {
            ta_sink(numbers);
        }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

Test(intest, threads_do_not_disturb_each_other) {
    run_threads(NULL);
    cr_expect_eq(wrong_counts, 0);
}

Test(intest, the_process_form_counts_the_other_threads) {
    enum { ALL = (0 + 1 + 2 + 3) * ROUNDS };
    ta_counts alone, all;
    run_threads(NULL);
    TA_COUNT_ALLOCS(alone) {
        TA_COUNT_PROCESS_ALLOCS(all) {
            run_threads(NULL);
        }
    }
    /* Making a thread may allocate its stack's bookkeeping, here, hence not exactly so many. */
    cr_expect_eq(all.allocs, alone.allocs + ALL);
    cr_expect_lt(alone.allocs, 100);
    cr_expect_geq(ta_process_allocs_per_run(run_threads, NULL, 1), ALL);
}
