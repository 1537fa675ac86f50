/* Functions that no other file can call, each inlined 50 times and out of line once; a coroutine;
 * `inlined WHAT`, all of it 100 allocations. */
#include <coroutine>
#include <cstdlib>
#include <cstring>

static void *volatile taken;
static char frame[4096];

#define TAKE_TWICE                                                                                 \
    for (int i = 0; i < 2; i++) {                                                                  \
        taken = std::malloc(static_cast<std::size_t>(n) + 1);                                      \
        std::free(taken);                                                                          \
    }

namespace game {
namespace {
inline __attribute__((always_inline)) void nameless(int n) {
    TAKE_TWICE
}
} // namespace
static inline __attribute__((always_inline)) void local(int n) {
    TAKE_TWICE
}
struct World {
    static inline __attribute__((always_inline)) void spawn(int n) {
        TAKE_TWICE
    }
};
} // namespace game

struct task {
    struct promise_type {
        void *operator new(std::size_t) noexcept {
            return frame;
        }
        void operator delete(void *) {
        }
        static task get_return_object_on_allocation_failure() {
            return {};
        }
        task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() {
            return {};
        }
        std::suspend_always final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
        }
    };
    std::coroutine_handle<promise_type> handle;
};

static task update_each(int n) {
    for (;;) {
        TAKE_TWICE
        co_await std::suspend_always{};
    }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (std::strcmp(what, "coroutine") == 0) {
        task each = update_each(5);
        for (int i = 0; i < 50; i++)
            each.handle.resume();
        return 0;
    }
    for (int i = 0; i < 50; i++) {
        if (std::strcmp(what, "nameless") == 0)
            game::nameless(i);
        if (std::strcmp(what, "local") == 0)
            game::local(i);
        if (std::strcmp(what, "spawn") == 0)
            game::World::spawn(i);
    }
    return 0;
}
