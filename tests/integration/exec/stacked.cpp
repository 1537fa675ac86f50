/* What watching a function cannot see: stacked MODE TICKS [DEPTH | PLUGIN]. Prints how many
 * allocations, and of how many bytes, lay below the function that the mode is about. */
#include "stacked.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <tickaudit/tickaudit.h>
#include <ucontext.h>

static void count(size_t bytes) {
    __atomic_fetch_add(&below.allocs, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&below.bytes, bytes, __ATOMIC_RELAXED);
}

/* ---- clones, recursion, overloads ---- */

static __attribute__((noinline)) void scaled(int times, size_t bytes) {
    for (int i = 0; i < times; i++) {
        take(bytes);
        count(bytes);
    }
}

static __attribute__((noinline)) int nest(int depth, size_t bytes) {
    take(bytes);
    count(bytes);
    int inner = depth > 1 ? nest(depth - 1, bytes) : 0;
    asm volatile("" : "+r"(inner));
    return inner + 1;
}

__attribute__((noinline)) int below_nest(int depth) {
    int inner = depth > 1 ? below_nest(depth - 1) : 0;
    if (depth == 1)
        take(7);
    asm volatile("" : "+r"(inner));
    return inner + 1;
}

__attribute__((noinline)) void deep(int depth) {
    below_nest(depth);
    count(7);
    asm volatile("");
}

namespace game {
__attribute__((noinline)) void draw(int) {
    take(11);
    count(11);
}
__attribute__((noinline)) void draw(double) {
    take(12);
    asm volatile("");
}
} // namespace game

/* ---- functions whose paths to a throw are split off (.cold), in the same namespace ---- */

namespace game {
struct refused {
    int code;
};

__attribute__((noinline)) int parse(int value) {
    take(16);
    count(16);
    if (__builtin_expect(value % 7 == 3, 0))
        throw refused{value};
    if (__builtin_expect(value < 0, 0))
        abort();
    asm volatile("");
    return value * 2;
}
} // namespace game

static void catch_it(int tick) {
    try {
        game::parse(tick);
    } catch (const game::refused &r) {
        take((size_t)r.code + 1);
    }
}

/* ---- a function shorter than a jump: call *%rdi; ret ---- */

asm(".pushsection .text\n .globl short_one\n .type short_one, @function\n"
    "short_one:\n .cfi_startproc\n call *%rdi\n ret\n .cfi_endproc\n"
    ".size short_one, . - short_one\n .popsection");
extern "C" void short_one(void (*then)());

__attribute__((noinline, force_align_arg_pointer)) static void below_short() {
    take(13);
    count(13);
}

/* ---- a frame without unwind tables, and without a frame pointer ---- */

asm(".pushsection .text\n .globl no_table\n .type no_table, @function\n"
    "no_table:\n push %rbp\n mov $7, %ebp\n call *%rdi\n pop %rbp\n ret\n"
    ".size no_table, . - no_table\n .popsection");
extern "C" void no_table(void (*then)());

static void take_one() {
    take(14);
}

__attribute__((noinline)) void above_no_table() {
    no_table(take_one);
    count(14);
    asm volatile("");
}

/* ---- a tail call ---- */

__attribute__((noinline)) void at_the_end(size_t bytes) {
    take(bytes);
    asm volatile("");
}

__attribute__((noinline)) void jumps_on(size_t bytes) {
    asm volatile("nop; nop; nop; nop; nop");
    at_the_end(bytes + 1);
}

/* ---- two callers with frames alike: inner frames stay, the outer one changes ---- */

__attribute__((noinline)) void innermost(size_t bytes) {
    take(bytes);
    asm volatile("");
}

__attribute__((noinline)) void middle(size_t bytes) {
    innermost(bytes);
    innermost(bytes);
    asm volatile("");
}

__attribute__((noinline)) void twin_one() {
    middle(18);
    count(18);
    count(18);
    asm volatile("");
}

__attribute__((noinline)) void twin_two() {
    middle(18);
    middle(18);
    asm volatile("nop");
}

/* ---- inlined in one place, called in another; and a name that the library has as well ---- */

static inline void partly(size_t bytes) {
    take(bytes);
    count(bytes);
}

static void (*volatile by_pointer)(size_t) = partly;

static __attribute__((noinline)) void same_name(size_t bytes) {
    take(bytes);
    count(bytes);
    asm volatile("");
}

/* ---- an allowed stretch, and frees ---- */

__attribute__((noinline)) void partly_allowed() {
    take(34);
    count(34);
    TA_ALLOW("known", "a test") {
        take(35);
    }
}

/* ---- a coroutine ---- */

static ucontext_t main_context, coroutine_context;
static int coroutine_ticks;

__attribute__((noinline)) void in_coroutine() {
    take(15);
    count(15);
    swapcontext(&coroutine_context, &main_context);
    asm volatile("");
}

static void coroutine() {
    for (int i = 0; i < coroutine_ticks; i++)
        in_coroutine();
}

/* ---- modes ---- */

static void *plugin_function(const char *path) {
    void *plugin = dlopen(path, RTLD_NOW);
    if (!plugin)
        fprintf(stderr, "%s\n", dlerror());
    return plugin ? dlsym(plugin, "plugin_run") : NULL;
}

static void *thread(void *bytes) {
    scaled(3, (size_t)bytes);
    return NULL;
}

static void run_threads(int tick) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, thread, (void *)(size_t)(tick + 1));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static int how_deep;

static void step(const char *mode, int tick) {
    game::World world;
    if (strcmp(mode, "inlined") == 0) {
        world.spawn(10);
        if (tick % 3 == 0)
            world.spawn(100);
    } else if (strcmp(mode, "clone") == 0) {
        scaled(4, 8);
    } else if (strcmp(mode, "nest") == 0) {
        nest(1 + tick % 100, 6);
    } else if (strcmp(mode, "deep") == 0) {
        deep(how_deep);
    } else if (strcmp(mode, "overloads") == 0) {
        game::draw(1);
        game::draw(1.0);
    } else if (strcmp(mode, "short") == 0) {
        short_one(below_short);
    } else if (strcmp(mode, "no_table") == 0) {
        above_no_table();
    } else if (strcmp(mode, "tail") == 0) {
        jumps_on(15);
    } else if (strcmp(mode, "library") == 0) {
        lib_entry(5);
        lib_step(21);
    } else if (strcmp(mode, "coroutine") == 0) {
        swapcontext(&main_context, &coroutine_context);
    } else if (strcmp(mode, "threads") == 0) {
        run_threads(tick);
    } else if (strcmp(mode, "twins") == 0) {
        twin_one();
        twin_two();
    } else if (strcmp(mode, "partly") == 0) {
        partly(32);
        by_pointer(33);
    } else if (strcmp(mode, "same") == 0) {
        same_name(30);
        lib_same();
    } else if (strcmp(mode, "allowed") == 0) {
        partly_allowed();
    } else if (strcmp(mode, "imports") == 0) {
        lib::resize(1);
        lib::resize(1.0);
    } else if (strcmp(mode, "throws") == 0) {
        catch_it(tick);
    }
    take(5); /* below none of them */
}

int main(int argc, char **argv) {
    static char stack[256 << 10];
    const char *mode = argc > 1 ? argv[1] : "idle";
    int ticks = argc > 2 ? atoi(argv[2]) : 100;
    how_deep = argc > 3 ? atoi(argv[3]) : 1;
    void (*plugin)(int) = NULL;
    coroutine_ticks = ticks;
    getcontext(&coroutine_context);
    coroutine_context.uc_stack.ss_sp = stack;
    coroutine_context.uc_stack.ss_size = sizeof stack;
    makecontext(&coroutine_context, coroutine, 0);
    for (int tick = 0; tick < ticks; tick++) {
        swap_buffers();
        const char *begins = getenv("PLUGIN_BEGINS");
        if (tick == 4 && begins && strcmp(begins, "threads") == 0)
            run_threads(1);
        if (tick == 5 && strcmp(mode, "plugin") == 0) {
            void *address = plugin_function(argv[3]);
            memcpy(&plugin, &address, sizeof plugin);
        }
        if (tick == 5 && strcmp(mode, "registers") == 0 && !dlopen(argv[3], RTLD_NOW))
            fprintf(stderr, "%s\n", dlerror());
        plugin = plugin ? plugin : registered_plugin;
        if (plugin)
            plugin(tick);
        step(mode, tick);
    }
    swap_buffers();
    printf("%lu %lu\n", below.allocs, below.bytes);
    return 0;
}
