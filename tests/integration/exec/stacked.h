/* stacked.h: functions that allocate, with a count of their own beside the auditor's: for the
 * program, its library and its plugin. */
#ifndef STACKED_H
#define STACKED_H

#include <cstddef>
#include <cstdlib>

/* What the program says it did: allocations below the function that is asked for. */
struct tally {
    unsigned long allocs, bytes;
};

extern "C" {
extern tally below;
extern void *volatile stacked_block;
extern void (*registered_plugin)(int tick); /* without a dlsym; NULL at first */
void take(size_t bytes);                    /* one allocation, which belongs to nobody */
void lib_entry(int calls);                  /* of the library: calls lib_step from within it */
void lib_step(size_t bytes);                /* allocates once */
void lib_same();                            /* calls the library's same_name */
void swap_buffers();                        /* the tick */
}

/* Of the library. */
namespace lib {
void resize(int);
void resize(double);
} // namespace lib

/* Inlined wherever it is used, the plugin included. */
namespace game {
struct World {
    __attribute__((always_inline)) inline void spawn(size_t bytes) {
        take(bytes);
        below.allocs++;
        below.bytes += bytes;
    }
};
} // namespace game

#endif
