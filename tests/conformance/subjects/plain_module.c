/* A plugin without a constructor. */
#include "subject.h"

__attribute__((visibility("default"))) void *plain_take(size_t size);
__attribute__((visibility("default"))) void plain_release(void *block);

void *plain_take(size_t size) {
    void *block = NULL;
    REQUIRE(posix_memalign(&block, 32, size) == 0);
    return block;
}

void plain_release(void *block) {
    free(block);
}
