/* A program with a malloc of its own: its calls never come here, but those of names that it does
 * not define do (reallocarray, operator new), from it and from its libraries. glibc and libstdc++
 * would answer them by the program's realloc and malloc, by their global names; so that no block
 * reaches the free of another heap, so does the auditor then: each member of ta_real becomes the
 * first definition that is not ours. Such a process is never counted as audited (TA_ALIVE_FOREIGN).
 */
#define _GNU_SOURCE
#include "audit.h"
#include "objects.h"

#include <string.h>

bool ta_is_foreign;

static const struct link_map *libc(void) {
    const struct link_map *module = ta_objects_first();
    for (; module; module = module->l_next) {
        if (ta_is_libc(module))
            return module;
    }
    return NULL;
}

/* Not by dlvsym: a look-up that fails allocates, from the program's heap. */
static void *libc_definition(const char *name) {
    const struct link_map *module = libc();
    return module ? ta_definition_in(module, name) : NULL;
}

/* NULL when the first definition is ours: without us, libc would have the name. */
static void *program_definition(const char *name) {
    return ta_leads_here(name) ? NULL : ta_definition_of(name, NULL);
}

static void adopt(const char *name, void *member) {
    void *address = program_definition(name);
    if (!address)
        address = libc_definition(name);
    if (address)
        memcpy(member, &address, sizeof address);
}

/* libstdc++'s aligned operators call aligned_alloc, and ours memalign: a program that defines the
 * first alone is to get both from it. Their arguments are the same. */
static void adopt_memalign(void) {
    const char *only = program_definition("memalign") ? "memalign" : "aligned_alloc";
    adopt(program_definition(only) ? only : "memalign", &ta_real.memalign);
}

bool ta_foreign_adopt(void) {
    if (ta_leads_here("malloc") && ta_leads_here("free"))
        return false;
    adopt("malloc", &ta_real.malloc);
    ta_real.malloc_from_16 = ta_real.malloc;
    adopt("calloc", &ta_real.calloc);
    adopt("realloc", &ta_real.realloc);
    adopt("free", &ta_real.free);
    adopt("posix_memalign", &ta_real.posix_memalign);
    adopt("aligned_alloc", &ta_real.aligned_alloc);
    adopt("valloc", &ta_real.valloc);
    adopt("pvalloc", &ta_real.pvalloc);
    adopt("malloc_usable_size", &ta_real.usable_size);
    adopt_memalign();
    ta_is_foreign = true;
    return true;
}
