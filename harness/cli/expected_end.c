#define _GNU_SOURCE /* sigabbrev_np */
#include "expected_end.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool take_code(const char *text, ta_expected_end *end) {
    enum { CODE_MAX = 255, DIGITS_MAX = 3 };
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || text[digits])
        return false;
    end->how = TA_PROGRAM_EXITED;
    end->number = (int)strtol(text, NULL, 10);
    return end->number <= CODE_MAX;
}

/* "RTMIN", "RTMIN+3", "RTMAX-2", as kill(1) has them. */
static bool take_real_time(const char *name, ta_expected_end *end) {
    bool from_least = strncasecmp(name, "RTMIN", 5) == 0;
    if (!from_least && strncasecmp(name, "RTMAX", 5) != 0)
        return false;
    const char *rest = name + 5;
    size_t digits = *rest ? strspn(rest + 1, "0123456789") : 0;
    if (*rest &&
        (*rest != (from_least ? '+' : '-') || digits == 0 || digits > 2 || rest[1 + digits]))
        return false;
    int offset = *rest ? (int)strtol(rest, NULL, 10) : 0; /* its sign is that of the number */
    end->how = TA_PROGRAM_KILLED;
    end->number = (from_least ? SIGRTMIN : SIGRTMAX) + offset;
    return end->number >= SIGRTMIN && end->number <= SIGRTMAX;
}

static bool take_signal(const char *text, ta_expected_end *end) {
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    if (take_real_time(name, end))
        return true;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        if (known && strcasecmp(known, name) == 0) {
            end->how = TA_PROGRAM_KILLED;
            end->number = number;
            return true;
        }
    }
    return false;
}

bool ta_cli_expected_end(const char *text, ta_expected_end *end) {
    *end = (ta_expected_end){.given = true, .any = strcmp(text, "any") == 0};
    return end->any || take_code(text, end) || take_signal(text, end);
}
