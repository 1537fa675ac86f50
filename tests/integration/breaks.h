/* breaks.h: what the files of test_breaks share. */
#ifndef TA_TESTS_BREAKS_H
#define TA_TESTS_BREAKS_H

#include "exec_support.h"
#include "scratch_folder.h"
#include "skip.h"

#include <criterion/criterion.h>

#define BREAKS TA_BUILD_DIR "/tests/breaks_"

/* It ends with this code and has printed this. */
static inline void expect(program_end end, int code, const char *out) {
    cr_expect_eq(end.code, code, "%d (signal %d): %s%s", end.code, end.signal, end.out, end.err);
    cr_expect_str_eq(end.out, out);
    program_end_free(&end);
}

static const char *const both_allocators[] = {"system", "mimalloc"};

#endif
