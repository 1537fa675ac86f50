/* A plugin that is loaded by its path with RTLD_DEEPBIND, and blocks that cross over both ways: the
 * program's to the plugin's free, and the plugin's to the program's. */
#include "subject.h"

#include <dlfcn.h>
#include <string.h>

enum { ROUNDS = 200 };

int main(void) {
    void *module = dlopen(MODULE_PATH, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    REQUIRE(module);
    void *address = dlsym(module, "plain_take"), *(*take)(size_t);
    memcpy(&take, &address, sizeof take);
    void (*release)(void *);
    REQUIRE(address = dlsym(module, "plain_release"));
    memcpy(&release, &address, sizeof release);
    for (size_t i = 0; i < ROUNDS; i++) {
        char *block = take(i * i + 1);
        REQUIRE(block);
        block[i * i] = 7;
        free(block);
        release(take_aligned(i));
    }
    return 0;
}
