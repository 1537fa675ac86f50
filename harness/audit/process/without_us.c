/* A child whose allocator does not go with ours: the program is executed once more, without our
 * library and our ledger in its environment. */
#define _GNU_SOURCE
#include "without_us.h"

#include "execs.h"
#include "sanitizer.h"
#include "text.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { VARIABLES_MAX = 4096, PRELOAD_MAX = 4096 };

static char *kept[VARIABLES_MAX + 1];
static char preload[PRELOAD_MAX];

static bool is_named(const char *variable, const char *name) {
    size_t length = strlen(name);
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/* The library as the loader found it, or as it was named. */
static bool is_ours(const char *entry, size_t length) {
    const char *path = ta_sanitizer_own_path(), *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t bytes = strlen(file);
    return length >= bytes && strncmp(entry + length - bytes, file, bytes) == 0 &&
           (length == bytes || entry[length - bytes - 1] == '/');
}

/* The other libraries of LD_PRELOAD; false when there are none. */
static bool keep_others(const char *list) {
    ta_text text = {preload, preload + sizeof preload - 1};
    ta_text_add(&text, "LD_PRELOAD=");
    bool any = false;
    while (*list) {
        size_t length = strcspn(list, ": ");
        if (length > 0 && !is_ours(list, length)) {
            for (size_t i = 0; i < length && text.at < text.end; i++)
                *text.at++ = list[i];
            ta_text_add(&text, ":");
            any = true;
        }
        list += length + (list[length] != 0);
    }
    if (any)
        text.at--; /* the last colon */
    *text.at = 0;
    return any;
}

void ta_without_us(char *const *arguments, char *const *environment) {
    unsigned count = 0;
    for (; *environment; environment++) {
        char *variable = *environment;
        if (count == VARIABLES_MAX)
            return;
        if (is_named(variable, TA_LEDGER_VARIABLE))
            continue;
        if (is_named(variable, "LD_PRELOAD")) {
            if (keep_others(strchr(variable, '=') + 1))
                kept[count++] = preload;
            continue;
        }
        kept[count++] = variable;
    }
    kept[count] = NULL;
    const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    ta_execs_leave(name ? name : arguments[0]);
    syscall(SYS_execve, "/proc/self/exe", arguments, kept);
}
