// The C++ forms, with exceptions passing through them, in a program that links the auditor.
#include "subject.h"

#include "tickaudit/criterion.h"
#include "tickaudit/tickaudit.hpp"

#include <cmath>
#include <stdexcept>
#include <type_traits>
#include <vector>

static_assert(std::is_nothrow_default_constructible_v<ta::tick>);
static_assert(std::is_nothrow_constructible_v<ta::hot_path, const char *>);
static_assert(std::is_nothrow_constructible_v<ta::allow, const char *, const char *>);
static_assert(std::is_nothrow_constructible_v<ta::alloc_counter>);
static_assert(!std::is_copy_constructible_v<ta::tick>);
static_assert(!std::is_copy_assignable_v<ta::hot_path>);

Test(intest_cpp, a_function_object_is_counted) {
    std::vector<int> numbers;
    cr_expect_eq(ta::allocs([&] { numbers.reserve(100); }), 1u);
    cr_expect_eq(ta::allocs([&] { numbers.push_back(1); }), 0u);
    cr_expect_eq(ta::counts([&] { numbers.reserve(200); }).bytes, 200 * sizeof(int));
    cr_expect_eq(ta::allocs([&] { take_and_give_back(2, 1); }, ta::whose::process), 2u);
}

Test(intest_cpp, a_counter_counts_from_its_making_or_restart) {
    ta::alloc_counter counter;
    cr_assert(counter.audited());
    take_and_give_back(3, 10);
    cr_expect_eq(counter.allocs(), 3u);
    cr_expect_eq(counter.bytes(), 30u);
    counter.restart();
    cr_expect_eq(counter.frees(), 0u);
}

Test(intest_cpp, an_average_leaves_the_first_call_out) {
    unsigned calls = 0;
    cr_expect(ta::allocs_per_run([&] { take_every_second_time(&calls); }, 10) == 0.5);
    cr_expect(std::isnan(ta::allocs_per_run([] {}, 0)));
}

// A hot path left open would make what follows hot, an allowed stretch would excuse it.
Test(intest_cpp, scopes_close_when_an_exception_passes) {
    ta::alloc_counter counter;
    try {
        ta::tick frame;
        ta::hot_path outer("outer");
        throw 1; // itself one allocation, a hot one
    } catch (int) {
    }
    take_and_give_back(5, 10);
    cr_expect_eq(counter.counts().hot_allocs, 1u);
    counter.restart();
    ta::hot_path outer("outer");
    try {
        ta::allow excused("excused", "what is thrown is allocated");
        throw 1;
    } catch (int) {
    }
    take_and_give_back(2, 10);
    cr_expect_eq(counter.counts().hot_allocs, 2u);
}

Test(intest_cpp, an_exception_passes_through_and_is_counted_up_to_there) {
    bool caught = false;
    ta_counts counts;
    try {
        TA_COUNT_ALLOCS(counts) {
            take_and_give_back(2, 10);
            throw 1; // one more allocation, of libstdc++
        }
    } catch (int) {
        caught = true;
    }
    cr_expect(caught);
    cr_expect_eq(counts.allocs, 3u);
    cr_expect_throw(ta::allocs([] { throw 1; }), int);
}

Test(intest_cpp, an_assertion_lets_an_exception_pass) {
    bool caught = false;
    try {
        ta_assert_allocs(eq, 1) {
            throw 1;
        }
    } catch (int) {
        caught = true;
    }
    cr_expect(caught);
}
