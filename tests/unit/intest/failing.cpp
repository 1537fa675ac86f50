// Failures in C++. Run by outcome.c, with an auditor and without.
#include "subject.h"

#include "tickaudit/criterion.h"
#include "tickaudit/tickaudit.hpp"

#include <cstdio>

Test(failing, with_an_exception_in_flight) {
    try {
        ta_assert_no_alloc {
            throw 1;
        }
    } catch (int) {
        fputs("caught\n", stderr);
    }
}

Test(failing, assert_stops) {
    ta_assert_no_alloc {
        int *block = new int(1);
        ta_sink(block);
        delete block;
        take_and_give_back(1, 4);
    }
    fputs("went on\n", stderr);
}

Test(unaudited, function) {
    bool ran = false;
    try {
        ta::allocs([&] { ran = true; });
    } catch (const ta::not_audited &error) {
        cr_expect(ran, "%s", error.what());
    }
}

Test(unaudited, counter) {
    ta::alloc_counter counter;
    cr_expect_not(counter.audited(), "an auditor is here");
    cr_expect_leq(counter.allocs(), 1000000u, "this is no number");
}
