/* tickaudit.hpp: the markers and counts for C++17, as objects that close themselves.
 *
 *     ta::tick frame;
 *     { ta::hot_path combat("combat"); step_combat(world); }
 *     assert(ta::allocs([&] { step_combat(world); }) == 0);
 *
 * Header only; link nothing for the scopes. Each closes at the end of its block, also when an
 * exception passes. What tickaudit.h says of threads, names and allocations holds here: nothing in
 * this header allocates, but for ta::not_audited where it is thrown. */
#ifndef TICKAUDIT_TICKAUDIT_HPP
#define TICKAUDIT_TICKAUDIT_HPP

#include <cstdint>
#include <exception>
#include <limits>
#include <utility>

#include "tickaudit/tickaudit.h"

namespace ta {

/* Whose allocations are meant. */
enum class whose { thread, process };

/* A scope belongs to the block and the thread that opened it. */
class scope {
  public:
    scope(const scope &) = delete;
    scope &operator=(const scope &) = delete;

  protected:
    explicit scope(ta_scope opened) noexcept : scope_(opened) {
    }
    ~scope() {
        ta_scope_close(&scope_);
    }

  private:
    ta_scope scope_;
};

/* One frame, block or request, from here to the end of the block. */
class tick : private scope {
  public:
    [[nodiscard]] tick() noexcept : scope(ta_scope_tick()) {
    }
};

/* A promise not to allocate, from here to the end of the block. */
class hot_path : private scope {
  public:
    [[nodiscard]] explicit hot_path(const char *name) noexcept : scope(ta_scope_hot(name)) {
    }
};

/* An exception to the promise, for the reason given. */
class allow : private scope {
  public:
    [[nodiscard]] allow(const char *name, const char *reason) noexcept
        : scope(ta_scope_allow(name, reason)) {
    }
};

/* Thrown where a number was asked for and nothing counts. */
class not_audited : public std::exception {
  public:
    const char *what() const noexcept override {
        return "not audited: no auditor is in this process, so nothing was counted. Link "
               "libtickaudit before all other libraries, or run with LD_PRELOAD=libtickaudit.so";
    }
};

/* Counts from its making, or its last restart, on. One for a thread is read by that thread. */
class alloc_counter {
  public:
    explicit alloc_counter(whose counted = whose::thread) noexcept
        : process_(counted == whose::process), before_(ta_counts_now(process_)) {
    }

    void restart() noexcept {
        before_ = ta_counts_now(process_);
    }

    /* Whether an auditor was there at the start and is now. */
    bool audited() const noexcept {
        ta_counts now = counts();
        return ta_counts_known(&now);
    }

    /* What was counted since; TA_NOT_COUNTED in each when not audited. */
    ta_counts counts() const noexcept {
        ta_counts now = ta_counts_now(process_);
        return ta_counts_between(&before_, &now);
    }

    std::uint64_t allocs() const noexcept {
        return counts().allocs;
    }
    std::uint64_t bytes() const noexcept {
        return counts().bytes;
    }
    std::uint64_t frees() const noexcept {
        return counts().frees;
    }

  private:
    bool process_;
    ta_counts before_;
};

/* Runs `function` and returns what it made the thread (or all threads) count. Throws not_audited
 * before it runs when nothing counts; an exception of the function's own passes through. With
 * exceptions switched off, each count is TA_NOT_COUNTED instead. */
template <typename Function> ta_counts counts(Function &&function, whose counted = whose::thread) {
    alloc_counter counter(counted);
#ifdef __cpp_exceptions
    if (!counter.audited())
        throw not_audited();
#endif
    std::forward<Function>(function)();
    return counter.counts();
}

/* The same, of allocations alone. */
template <typename Function>
std::uint64_t allocs(Function &&function, whose counted = whose::thread) {
    return counts(std::forward<Function>(function), counted).allocs;
}

/* Allocations per call, on average, after one call that is not counted; NaN when not audited. */
template <typename Function>
double allocs_per_run(Function &&function, unsigned runs, whose counted = whose::thread) {
    function();
    alloc_counter counter(counted);
    for (unsigned run = 0; run < runs; run++)
        function();
    ta_counts counted_now = counter.counts();
    return runs > 0 && ta_counts_known(&counted_now)
               ? static_cast<double>(counted_now.allocs) / static_cast<double>(runs)
               : std::numeric_limits<double>::quiet_NaN();
}

} // namespace ta

#endif
