/* dlopen and dlclose, which change what addresses and names mean. Nothing about them is changed, so
 * dlopen is left by a jump: libc reads from the return address who asks (whose RUNPATH it is to
 * search). */
#define _GNU_SOURCE
#include "audit.h"
#include "cfi.h"
#include "deepbind.h"
#include "objects.h"

#include <dlfcn.h>
#include <string.h>

TA_EXPORT void *dlopen(const char *file, int mode);

/* Not inlined, or the address of its variable keeps clang from ending dlopen with a jump. */
static __attribute__((noinline)) ta_open_function find_open(void) {
    static ta_open_function volatile found;
    if (!found) {
        void *address = dlsym(RTLD_NEXT, "dlopen");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    return found;
}

/* A path in which nothing stands for the caller's folder means the same whoever asks. */
static bool is_whole_path(const char *file) {
    return file && strchr(file, '/') && !strchr(file, '$');
}

void *dlopen(const char *file, int mode) {
    ta_open_function next = find_open();
    ta_objects_refresh(); /* those of earlier calls */
    if (TA_UNLIKELY(mode & RTLD_DEEPBIND)) {
        if (is_whole_path(file))
            return ta_deepbind_open(next, file, mode);
        ta_deepbind_pass();
    }
    return next(file, mode);
}

TA_EXPORT int dlclose(void *module);

typedef int (*close_function)(void *module);

/* Other code may come to lie where the module was: what was remembered of its frames is void. */
int dlclose(void *module) {
    static close_function volatile found;
    if (!found) {
        void *address = dlsym(RTLD_NEXT, "dlclose");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    int failed = found(module);
    ta_objects_refresh();
    ta_cfi_forget();
    return failed;
}
