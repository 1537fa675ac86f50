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

static bool take_signal(const char *text, ta_expected_end *end) {
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
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
