/* Holds blocks of many sizes, got in many ways, and frees them again: where live bytes are tracked,
 * they are at each moment the usable bytes of what is held, as malloc_usable_size tells them when a
 * block comes and when it goes (mimalloc 3.0.1 tells otherwise then). Ends with 1 when they are
 * not. */
#include "subject.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 3000, ROUNDS = 4, LARGE = 400000 };

static int64_t live_now(void) {
    ta_counts counts = {0};
    if (ta_thread_counts)
        ta_thread_counts(&counts);
    return counts.live_bytes;
}

static void *got(unsigned i) {
    size_t size = i % 100 == 99 ? LARGE + i : i;
    void *block = NULL;
    switch (i % 7) {
    case 0:
        return calloc(1, size);
    case 1:
        return realloc(malloc(i / 2 + 1), size + 1);
    case 2:
        return posix_memalign(&block, (size_t)16 << i % 9, size) == 0 ? block : NULL;
    default:
        return malloc(size);
    }
}

static void must_be(int64_t live, int64_t held, const char *when) {
    if (live == held)
        return;
    fprintf(stderr, "%s: %lld bytes live, %lld held\n", when, (long long)live, (long long)held);
    exit(1);
}

/* A thread's own counts, as long as it frees what it got itself. */
static void *hold_and_free(void *is_tracked) {
    void **blocks = malloc(BLOCKS * sizeof *blocks);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t before = live_now(), held = 0;
        for (unsigned i = 0; i < BLOCKS; i++)
            held += (int64_t)malloc_usable_size(blocks[i] = got(i));
        must_be(live_now() - before, is_tracked ? held : 0, "all held");
        for (unsigned i = 0; i < BLOCKS; i += 2) {
            held -= (int64_t)malloc_usable_size(blocks[i]);
            free(blocks[i]);
        }
        must_be(live_now() - before, is_tracked ? held : 0, "every other freed");
        for (unsigned i = 1; i < BLOCKS; i += 2) {
            held -= (int64_t)malloc_usable_size(blocks[i]);
            free(blocks[i]);
        }
        must_be(live_now() - before, is_tracked ? held : 0, "all freed");
    }
    free(blocks);
    return NULL;
}

int main(void) {
    static char tracked;
    void *first = malloc(100);
    void *is_tracked = live_now() != 0 ? &tracked : NULL;
    pthread_t other;
    if (pthread_create(&other, NULL, hold_and_free, is_tracked) != 0)
        return 2;
    hold_and_free(is_tracked);
    pthread_join(other, NULL);
    free(first);
    return 0;
}
