/* Names that the program looks up in libc itself, as bindings to C do (Python's ctypes): malloc of
 * that handle is libc's, past the auditor. It is answered with ours, so that calls of it are
 * counted, and that its blocks can come to any free.
 *
 * A program that defines malloc itself and goes on to the next one would find ours, and we the
 * program's: without end. It is answered with the definition behind ours.
 *
 * Left by a jump: libc reads from the return address who asks, for RTLD_NEXT. */
#define _GNU_SOURCE
#include "lookups.h"

#include "audit.h"
#include "deepbind.h"
#include "objects.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

TA_EXPORT void *dlsym(void *restrict module, const char *restrict name);

/* Not inlined, or the address of its variable keeps a compiler from ending dlsym with a jump. All
 * of glibc's ports have this version; by dlvsym, which is not ours. */
static __attribute__((noinline)) ta_lookup_function find_next(void) {
    static ta_lookup_function volatile found;
    if (!found) {
        void *address = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    return found;
}

void *ta_lookup(void *module, const char *name) {
    return find_next()(module, name);
}

static const struct link_map *find_libc(void) {
    const struct link_map *libc = NULL;
    return ta_definition_of("gnu_get_libc_version", &libc) ? libc : NULL;
}

/* Whether another library's malloc lies between us and libc's: that may be what asks. */
static bool has_malloc_between(const struct link_map *libc) {
    const struct link_map *module = ta_objects_first();
    for (; ta_real_is_libcs() && module; module = module->l_next) {
        if (module != libc && module->l_ld != _DYNAMIC && ta_definition_in(module, "malloc"))
            return true;
    }
    return false;
}

static __attribute__((noinline)) void *answer(void *module, const char *name) {
    void *found = ta_lookup(module, name);
    const struct link_map *libc = found ? find_libc() : NULL;
    if (!libc || found != ta_definition_in(libc, name) || !ta_attached_and_hooked() ||
        has_malloc_between(libc))
        return found;
    void *ours = ta_definition_of(name, NULL);
    return ours ? ours : found;
}

/* The program, when `address` lies in it; else NULL. By its headers and the debugger's list alone
 * (r_debug in <link.h>): it may be asked before our start, when the loader already calls the
 * program's malloc, and from within a sanitizer's start. */
static const struct link_map *program_of(const void *address) {
    const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);
    size_t count = headers ? getauxval(AT_PHNUM) : 0;
    const ElfW(Dyn) *dynamic = NULL;
    uintptr_t bias = 0, at = (uintptr_t)address;
    bool is_within = false;
    for (size_t i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR)
            bias = (uintptr_t)headers - headers[i].p_vaddr;
    }
    for (size_t i = 0; i < count; i++) {
        uintptr_t begin = bias + headers[i].p_vaddr;
        if (headers[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)begin; // NOLINT(performance-no-int-to-ptr)
        is_within |= headers[i].p_type == PT_LOAD && at >= begin && at - begin < headers[i].p_memsz;
    }
    for (; is_within && dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_DEBUG && dynamic->d_un.d_ptr)
            return ((const struct r_debug *)dynamic->d_un.d_ptr)->r_map;
    }
    return NULL;
}

/* NULL unless it is the program that asks, for what it defines itself. */
static __attribute__((noinline)) void *behind_ours(const char *name, const void *caller) {
    const struct link_map *program = program_of(caller), *owner;
    bool defines = program && ta_definition_in(program, name);
    return defines ? ta_definition_behind_ours(program, name, &owner) : NULL;
}

/* glibc's names for its own functions, whoever is put before them. */
static __attribute__((noinline)) void note_private(const char *name) {
    static const char prefix[] = "__libc_";
    const char *rest = name + sizeof prefix - 1;
    if (strncmp(name, prefix, sizeof prefix - 1) == 0 && ta_is_of_family(rest) && ta_ledger_mine)
        __atomic_fetch_or(&ta_ledger_mine->hooked, TA_HOOKED_TAKEN, __ATOMIC_RELAXED);
}

void *dlsym(void *restrict module, const char *restrict name) {
    ta_lookup_function next = find_next();
    bool is_handle = module != RTLD_DEFAULT && module != RTLD_NEXT;
    if (TA_UNLIKELY(is_handle && ta_is_of_family(name)))
        return answer(module, name);
    if (TA_UNLIKELY(module == RTLD_NEXT && ta_is_of_family(name))) {
        void *found = behind_ours(name, __builtin_return_address(0));
        if (found)
            return found;
    }
    note_private(name);
    return next(module, name);
}
