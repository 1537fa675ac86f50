/* frames.h: functions that call each other to a wanted depth, half of them in the program and half
 * in a shared library, so that a walk of the stack passes through both. */
#ifndef TA_BENCH_FRAMES_H
#define TA_BENCH_FRAMES_H

/* Calls on `left` more levels; each bit of `path` chooses one of two call sites. */
typedef unsigned (*frames_step)(unsigned left, unsigned path);

/* The library's level: calls `next` from one of two places. */
unsigned frames_there(unsigned left, unsigned path, frames_step next);

/* One level with two call sites that no compiler may make one of. The sum keeps a call from
 * becoming a jump. */
#define FRAMES_BRANCH(path, call_left, call_right)                                                 \
    do {                                                                                           \
        unsigned below_;                                                                           \
        if ((path)&1) {                                                                            \
            below_ = (call_left);                                                                  \
            __asm__ volatile("# left" : "+r"(below_));                                             \
            return below_ + 1;                                                                     \
        }                                                                                          \
        below_ = (call_right);                                                                     \
        __asm__ volatile("# right" : "+r"(below_));                                                \
        return below_ + 2;                                                                         \
    } while (0)

#endif
