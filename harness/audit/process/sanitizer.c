/* Programs with AddressSanitizer. Its runtime ends a program in whose list of modules another
 * library comes first, since that library's malloc might hide its own: ours passes on to it. So we
 * have no name in the list, and the first that has one is the runtime. */
#define _GNU_SOURCE
#include "sanitizer.h"

#include "audit.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

static const char *own_path = "";

static bool is_runtime(const struct link_map *module) {
    const char *slash = strrchr(module->l_name, '/');
    const char *file = slash ? slash + 1 : module->l_name;
    return strncmp(file, "libasan.so", 10) == 0 || strncmp(file, "libclang_rt.asan", 16) == 0;
}

void ta_sanitizer_let_start(void) {
    struct link_map *ours = NULL, *module;
    Dl_info info;
    if (!dladdr1(&ta_home, &info, (void **)&ours, RTLD_DL_LINKMAP) || !ours)
        return;
    own_path = ours->l_name;
    for (module = ours; module; module = module->l_next) {
        if (is_runtime(module)) {
            ours->l_name = ours->l_name + strlen(ours->l_name);
            return;
        }
    }
}

const char *ta_sanitizer_own_path(void) {
    return own_path;
}
