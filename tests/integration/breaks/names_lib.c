/* A library that stands between: its mmap and malloc go on to the next ones, which it looks up in
 * its constructor. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

extern int names_mapped;
void *malloc(size_t size);
void free(void *block);

int names_mapped;

static struct {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*mmap)(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
} next;

static void look_up(const char *name, void *function) {
    void *address = dlsym(RTLD_NEXT, name);
    memcpy(function, &address, sizeof address);
}

__attribute__((constructor)) static void start(void) {
    look_up("malloc", (void *)&next.malloc);
    look_up("free", (void *)&next.free);
    look_up("mmap", (void *)&next.mmap);
}

void *malloc(size_t size) {
    return next.malloc(size);
}

void free(void *block) {
    next.free(block);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset) {
    names_mapped += bytes == 12345;
    return next.mmap(at, bytes, protection, flags, file, offset);
}
