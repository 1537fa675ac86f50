/* Which file lies where in the address space, for the addresses that sites name: asked of the
 * loader when an address is first seen, so that plugins are known, and kept when they are gone. */
#define _GNU_SOURCE
#include "audit.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <unistd.h>

enum { MODULE_FREE = 0, MODULE_BUSY = 1, MODULE_USED = 2 };

static void copy_path(char *to, const char *from) {
    size_t i = 0;
    for (; i + 1 < TA_LEDGER_MODULE_PATH_MAX && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

static void fill(ta_module *module, const struct dl_find_object *found) {
    module->begin = (uint64_t)(uintptr_t)found->dlfo_map_start;
    module->end = (uint64_t)(uintptr_t)found->dlfo_map_end;
    module->load_bias = found->dlfo_link_map->l_addr;
    const char *name = found->dlfo_link_map->l_name;
    if (name[0]) {
        copy_path(module->path, name);
    } else { /* the program itself has no name in the loader's list */
        int before = errno;
        ssize_t length = readlink("/proc/self/exe", module->path, TA_LEDGER_MODULE_PATH_MAX - 1);
        module->path[length < 0 ? 0 : length] = 0;
        errno = before;
    }
    __atomic_store_n(&module->state, MODULE_USED, __ATOMIC_RELEASE);
}

void ta_module_note(uint64_t address) {
    ta_module *modules = ta_ledger_modules(ta_ledger_mine);
    struct dl_find_object found;
    bool is_known = _dl_find_object((void *)(uintptr_t)address, &found) == 0;
    for (unsigned i = 0; is_known && i < TA_LEDGER_MODULES_MAX; i++) {
        uint64_t state = __atomic_load_n(&modules[i].state, __ATOMIC_ACQUIRE);
        if (state == MODULE_USED && modules[i].begin <= address && address < modules[i].end)
            return;
        if (state == MODULE_FREE &&
            __atomic_compare_exchange_n(&modules[i].state, &state, MODULE_BUSY, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            fill(&modules[i], &found);
            return;
        }
    }
    if (is_known)
        ta_add_shared(&ta_ledger_mine->lost.modules, 1);
}
