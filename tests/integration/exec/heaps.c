/* A program with a heap beside malloc: `heaps mmap N` maps N segments of 128 KiB and hands out
 * blocks of them, `heaps break N` the same by sbrk, `heaps code` and `heaps stack` map one that is
 * none, three times; `heaps namespace FILE` has a module in a namespace of its own make 1,000
 * allocations, `heaps plain FILE` in its own; `heaps zero N` maps /dev/zero, `heaps libc FILE`
 * makes 1,000 allocations by what libc itself has of the name malloc, `heaps private` of
 * __libc_malloc. */
#define _GNU_SOURCE
#include "tickaudit/tickaudit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEGMENT = 128 << 10, BLOCK = 64 };

static int map_each(long count, int protection, int flags) {
    for (long i = 0; i < count; i++) {
        char *segment = mmap(NULL, SEGMENT, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
        if (segment == MAP_FAILED)
            return 9;
        for (long at = 0; (protection & PROT_WRITE) && at < SEGMENT; at += BLOCK)
            segment[at] = 1;
    }
    return 0;
}

static int map_zero(long count) {
    int file = open("/dev/zero", O_RDWR | O_CLOEXEC);
    for (long i = 0; i < count; i++) {
        if (mmap(NULL, SEGMENT, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0) == MAP_FAILED)
            return 9;
    }
    return close(file);
}

/* The block of the one comes to the free of the other. */
static int by_address(void *module, const char *name, void (*release)(void *)) {
    void *(*allocate)(size_t size);
    void *address = dlsym(module, name);
    if (!address)
        return 9;
    memcpy(&allocate, &address, sizeof allocate);
    void *counted = malloc(24);
    ta_sink(counted);
    free(counted);
    for (int i = 0; i < 1000; i++) {
        void *block = allocate(24);
        ta_sink(block);
        release(block);
    }
    return 0;
}

static int by_libcs(const char *file) {
    void *libc = dlopen(file, RTLD_NOW);
    return libc ? by_address(libc, "malloc", free) : 9;
}

static void keep(void *block) {
    ta_sink(block);
}

static int move_break(long count) {
    for (long i = 0; i < count; i++) {
        if (sbrk(SEGMENT) == (void *)-1) /* NOLINT: what sbrk returns */
            return 9;
    }
    return 0;
}

static int in_module(void *module) {
    void (*allocate)(int count);
    void *address = module ? dlsym(module, "allocate") : NULL;
    if (!address)
        return 9;
    memcpy(&allocate, &address, sizeof allocate);
    allocate(1000);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "", *rest = argc > 2 ? argv[2] : "1";
    if (strcmp(what, "mmap") == 0)
        return map_each(strtol(rest, NULL, 10), PROT_READ | PROT_WRITE, 0);
    if (strcmp(what, "break") == 0)
        return move_break(strtol(rest, NULL, 10));
    if (strcmp(what, "zero") == 0)
        return map_zero(strtol(rest, NULL, 10));
    if (strcmp(what, "libc") == 0)
        return by_libcs(rest);
    if (strcmp(what, "private") == 0)
        return by_address(RTLD_DEFAULT, "__libc_malloc", keep);
    if (strcmp(what, "code") == 0)
        return map_each(3, PROT_READ | PROT_EXEC, 0);
    if (strcmp(what, "stack") == 0)
        return map_each(3, PROT_READ | PROT_WRITE, MAP_STACK);
    if (strcmp(what, "namespace") == 0)
        return in_module(dlmopen(LM_ID_NEWLM, rest, RTLD_NOW));
    if (strcmp(what, "plain") == 0)
        return in_module(dlmopen(LM_ID_BASE, rest, RTLD_NOW));
    return 2;
}
