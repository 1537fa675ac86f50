/* Loads and unloads a plugin again and again. */
#include "subject.h"

#include <dlfcn.h>
#include <string.h>

enum { ROUNDS = 50 };

int main(void) {
    for (int i = 0; i < ROUNDS; i++) {
        void *module = dlopen(MODULE_PATH, RTLD_NOW | RTLD_LOCAL);
        REQUIRE(module);
        void *address = dlsym(module, "module_take"), *(*take)(size_t);
        memcpy(&take, &address, sizeof take);
        TA_HOT_PATH("plugin") {
            void *block = take(33);
            ta_sink(block);
            free(block);
        }
        dlclose(module);
    }
    return 0;
}
