/* allocator.h: the half of 8.1 gc_tuning that belongs to the process.
 *
 *     if (switches & SIM_SWITCH_gc_tuning)
 *         arena_tune_allocator();
 *
 * Internal to the workload. Allocates nothing. */
#ifndef ARENA_ALLOCATOR_H
#define ARENA_ALLOCATOR_H

/* Tells the C library's allocator to keep memory that was freed, and to ask the kernel for more at
 * a time. It holds for the whole process, so a library such as the sim must not do it. Another
 * allocator in its place ignores it. */
void arena_tune_allocator(void);

#endif
