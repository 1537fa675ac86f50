/* status.h: how a function says that something went wrong that is nobody's bug.
 *
 *     ta_status status = ta_scenario_load(path, &scenario);
 *     if (!ta_ok(status)) {
 *         fprintf(stderr, "tickaudit: %s\n", status.text);
 *         return ta_exit_code(status);
 *     }
 *
 * A status is a value: copying it is free of allocation, and it may be used from any thread.
 * Its text says what, where, what was expected and what to do, without a trailing newline. */
#ifndef TA_COMMON_STATUS_H
#define TA_COMMON_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

enum { TA_STATUS_TEXT_MAX = 1024 };

/* code, the exit code of the program when it stops for this reason (DESIGN's table), meaning */
#define TA_STATUS_LIST(X)                                                                          \
    X(TA_OK, 0, "all is well")                                                                     \
    X(TA_FAILED, 1, "a budget or a comparison failed")                                             \
    X(TA_BAD_INPUT, 2, "bad usage, a bad file, or nothing matched")                                \
    X(TA_INCONCLUSIVE, 3, "the samples cannot tell")                                               \
    X(TA_WORKLOAD_DIED, 4, "the workload crashed, hung or ended early")                            \
    X(TA_INTERNAL, 5, "tickaudit itself failed")

typedef enum ta_status_code {
#define TA_STATUS_ENUM(name, exit_code, meaning) name = exit_code,
    TA_STATUS_LIST(TA_STATUS_ENUM)
#undef TA_STATUS_ENUM
} ta_status_code;

typedef struct ta_status {
    ta_status_code code;
    char text[TA_STATUS_TEXT_MAX];
} ta_status;

static inline bool ta_ok(ta_status status) {
    return status.code == TA_OK;
}

/* The exit code is the code itself: one number to remember. */
static inline int ta_exit_code(ta_status status) {
    return (int)status.code;
}

static inline ta_status ta_status_ok(void) {
    return (ta_status){.code = TA_OK};
}

/* A status with a printf-style text, cut at TA_STATUS_TEXT_MAX - 1 bytes. Does not allocate. */
ta_status ta_status_make(ta_status_code code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The nearest of `count` names to `given` by edit distance, or NULL when none is near enough to be
 * a likely slip. Case is ignored. Does not allocate. For "did you mean". */
const char *ta_nearest_name(const char *given, const char *const *names, unsigned count);

#endif
