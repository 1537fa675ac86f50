/* Assertions that must fail. Run by outcome.c, with an auditor and without. */
#include "subject.h"

#include "tickaudit/criterion.h"

#include <pthread.h>
#include <stdio.h>

Test(failing, assert_stops) {
    ta_assert_no_alloc {
        take_and_give_back(3, 40);
    }
    fputs("went on\n", stderr);
}

Test(failing, expect_goes_on) {
    ta_expect_allocs(le, 3) {
        take_and_give_back(5, 8);
    }
    fputs("went on\n", stderr);
}

Test(failing, every_word) {
    ta_expect_allocs(eq, 1) {
        take_and_give_back(2, 1);
    }
    ta_expect_allocs(ne, 2) {
        take_and_give_back(2, 1);
    }
    ta_expect_allocs(lt, 2) {
        take_and_give_back(2, 1);
    }
    ta_expect_allocs(le, 1) {
        take_and_give_back(2, 1);
    }
    ta_expect_allocs(gt, 2) {
        take_and_give_back(2, 1);
    }
    ta_expect_allocs(ge, 3) {
        take_and_give_back(2, 1);
    }
}

static int left_by_return(void) {
    ta_expect_no_alloc {
        take_and_give_back(1, 9);
        return 1;
    }
    return 0;
}

Test(failing, left_early) {
    if (left_by_return())
        fputs("returned\n", stderr);
}

Test(failing, a_small_leak_is_named) {
    void *kept = NULL;
    ta_expect_no_alloc {
        kept = malloc(7);
        ta_sink(kept);
    }
    free(kept);
}

static void *take_elsewhere(void *context) {
    (void)context;
    take_and_give_back(2000, 8);
    return NULL;
}

Test(failing, other_threads_in_the_process_form) {
    ta_expect_no_process_alloc {
        pthread_t thread;
        pthread_create(&thread, NULL, take_elsewhere, NULL);
        pthread_join(thread, NULL);
    }
}

/* Nothing is allocated here: these fail without an auditor, and only then. */
Test(unaudited, assertion) {
    ta_assert_no_alloc {
    }
    fputs("went on\n", stderr);
}

Test(unaudited, any_comparison_fails) {
    ta_expect_allocs(ge, 0) {
    }
    ta_expect_process_allocs(ne, 1) {
    }
}

Test(unaudited, numbers) {
    unsigned calls = 0;
    ta_counts counts = {0};
    TA_COUNT_ALLOCS(counts) {
    }
    cr_expect_eq(counts.allocs, 0, "this is no zero");
    cr_expect_leq(ta_allocs_per_run(take_every_second_time, &calls, 10), 0.5, "this is no average");
}
