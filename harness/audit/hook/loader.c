/* dlopen and dlclose, which change what addresses and names mean. Nothing about them is changed, so
 * dlopen is left by a jump: libc reads from the return address who asks (whose RUNPATH it is to
 * search). Only where that makes no difference, and something is watched or loaded with
 * RTLD_DEEPBIND, is it called. */
#define _GNU_SOURCE
#include "audit.h"
#include "cfi.h"
#include "deepbind.h"
#include "elf_tables.h"
#include "objects.h"
#include "watch.h"

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

/* libc looks for the dependencies of a module in the path of whoever loads it too. */
static __attribute__((noinline)) bool hands_down_path(const void *caller) {
    ta_object module;
    return !ta_object_find(caller, &module) || ta_elf_has_rpath(module.dynamic);
}

/* New modules are looked at for what is watched: as dlopen returns where it need not be left by a
 * jump, and else at the next event. */
static __attribute__((noinline)) void *open_and_look(ta_open_function next, const char *file,
                                                     int mode) {
    void *module = next(file, mode);
    ta_objects_refresh();
    ta_watch_catch_up();
    return module;
}

void *dlopen(const char *file, int mode) {
    ta_open_function next = find_open();
    ta_objects_refresh(); /* those of earlier calls */
    ta_watch_catch_up();
    if (TA_UNLIKELY(mode & RTLD_DEEPBIND)) {
        if (is_whole_path(file)) {
            void *module = ta_deepbind_open(next, file, mode);
            ta_watch_catch_up();
            return module;
        }
        ta_deepbind_pass(file);
    }
    if (ta_watch_is_on && is_whole_path(file) && !hands_down_path(__builtin_return_address(0)))
        return open_and_look(next, file, mode);
    ta_watch_fall_behind();
    return next(file, mode);
}

TA_EXPORT void *dlmopen(Lmid_t space, const char *file, int mode);

typedef void *(*open_in_function)(Lmid_t space, const char *file, int mode);

static __attribute__((noinline)) open_in_function find_open_in(void) {
    static open_in_function volatile found;
    if (!found) {
        void *address = dlsym(RTLD_NEXT, "dlmopen");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    return found;
}

static void note_namespace(const char *file) {
    ta_ledger *ledger = ta_slot_here() == &ta_slot_early ? NULL : ta_ledger_mine;
    if (!ledger || __atomic_fetch_add(&ledger->namespaces, 1, __ATOMIC_RELAXED) > 0)
        return;
    for (unsigned i = 0; file && file[i] && i < sizeof ledger->namespace_file - 1; i++)
        ledger->namespace_file[i] = file[i];
}

/* Another namespace has a libc of its own, and none of its names lead to us. Left by a jump as
 * dlopen is; then whether it succeeds is not known. */
void *dlmopen(Lmid_t space, const char *file, int mode) {
    open_in_function next = find_open_in();
    ta_objects_refresh();
    if (TA_LIKELY(space == LM_ID_BASE))
        return next(space, file, mode);
    if (!is_whole_path(file)) {
        note_namespace(file);
        return next(space, file, mode);
    }
    void *opened = next(space, file, mode);
    if (opened)
        note_namespace(file);
    return opened;
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
