/* A plugin that is loaded while the program runs: with a function of its own, an inlined copy of
 * one of the program's, and one that allocates while it is loaded. */
#include "stacked.h"

static __attribute__((noinline)) void plugin_step(size_t bytes) {
    take(bytes);
    below.allocs++;
    below.bytes += bytes;
}

__attribute__((noinline)) static void plugin_begin(size_t bytes) {
    for (int i = 0; i < 10; i++) {
        take(bytes);
        below.allocs++;
        below.bytes += bytes;
    }
}

struct at_load {
    at_load() {
        if (getenv("PLUGIN_BEGINS"))
            plugin_begin(9);
    }
} here;

extern "C" void plugin_run(int tick);

struct registers {
    registers() {
        if (getenv("PLUGIN_REGISTERS"))
            registered_plugin = plugin_run;
    }
} itself;

extern "C" __attribute__((visibility("default"))) void plugin_run(int tick) {
    game::World world;
    for (int i = 0; i <= tick % 3; i++)
        plugin_step(30);
    if (tick % 2)
        world.spawn(40);
}
