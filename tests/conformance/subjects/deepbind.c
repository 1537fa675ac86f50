/* A plugin that binds to libc's malloc past whoever stands before it: blocks cross over to the
 * program's free, realloc and malloc_usable_size, and back no block goes. */
#include "subject.h"

#include <dlfcn.h>
#include <malloc.h>
#include <string.h>

enum { ROUNDS = 200 };

int main(void) {
    void *module = dlopen(MODULE_PATH, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    REQUIRE(module);
    void *address = dlsym(module, "module_take"), *(*take)(size_t);
    memcpy(&take, &address, sizeof take);
    for (size_t i = 0; i < ROUNDS; i++) {
        char *block = take(i * i + 1);
        REQUIRE(block && malloc_usable_size(block) >= i * i + 1);
        block[i * i] = 7;
        if (i % 2) {
            block = realloc(block, i * i + 5000);
            REQUIRE(block && block[i * i] == 7);
        }
        free(block);
        churn_aligned(1, i);
    }
    return 0;
}
