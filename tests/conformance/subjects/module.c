/* A plugin that allocates when it is loaded, used and taken out. */
#include "subject.h"

static void *mine;

__attribute__((visibility("default"))) void *module_take(size_t size);
__attribute__((visibility("default"))) void module_release(void *block);

__attribute__((constructor)) static void begin(void) {
    mine = take_aligned(10);
}

__attribute__((destructor)) static void end(void) {
    free(mine);
}

void *module_take(size_t size) {
    return malloc(size);
}

void module_release(void *block) {
    free(block);
}
