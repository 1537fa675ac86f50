/* A module that is loaded with RTLD_DEEPBIND binds to libc's malloc past us: what it allocates is
 * not counted, which the ledger must say, and its blocks come to our free all the same. So dlopen
 * is looked at, and nothing about it is changed: it is left by a jump, since libc reads from the
 * return address who asks (whose RUNPATH it is to search). */
#define _GNU_SOURCE
#include "audit.h"
#include "cfi.h"
#include "objects.h"

#include <dlfcn.h>
#include <string.h>

TA_EXPORT void *dlopen(const char *file, int mode);

typedef void *(*open_function)(const char *file, int mode);

/* Not inlined, or the address of its variable keeps clang from ending dlopen with a jump. */
static __attribute__((noinline)) open_function find_open(void) {
    static open_function volatile found;
    if (!found) {
        void *address = dlsym(RTLD_NEXT, "dlopen");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    return found;
}

static __attribute__((noinline)) void expect_bypass(void) {
    ta_real_expect_foreign();
    if (ta_ledger_mine && ta_home.present != TA_HOME_ELSEWHERE)
        __atomic_fetch_or(&ta_ledger_mine->hooked, TA_HOOKED_BYPASSED, __ATOMIC_RELAXED);
}

void *dlopen(const char *file, int mode) {
    open_function next = find_open();
    ta_objects_refresh(); /* those of earlier calls */
    if (TA_UNLIKELY(mode & RTLD_DEEPBIND))
        expect_bypass();
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
