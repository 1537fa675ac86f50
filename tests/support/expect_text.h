/* expect_text.h: expects the text in a struct that a function returns. Criterion's macro keeps a pointer into that
 * struct beyond the expression, where C has ended its lifetime (C17 6.2.4, paragraph 8). */
#ifndef TA_TESTS_EXPECT_TEXT_H
#define TA_TESTS_EXPECT_TEXT_H

#include <criterion/criterion.h>

#define EXPECT_TEXT(made, expected)                                                                \
    do {                                                                                           \
        __typeof__(made) made_ = (made);                                                           \
        cr_expect_str_eq(made_.text, (expected));                                                  \
    } while (0)

#endif
