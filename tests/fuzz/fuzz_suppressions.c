/* fuzz_suppressions: libFuzzer over the reader of files of suppressions.
 *
 *     cmake -B build-fuzz -DTA_FUZZ=ON -DTA_TESTS=ON -DCMAKE_C_COMPILER=clang
 *     cmake --build build-fuzz --target fuzz_suppressions && mkdir corpus
 *     build-fuzz/tests/fuzz_suppressions -dict=tests/fuzz/suppressions.dict corpus \
 *         tests/fuzz/suppressions
 *
 * The first folder is written to: name one of your own. */
#define _GNU_SOURCE /* strnlen */
#include "suppressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENDS(text) (strnlen(text, sizeof(text)) < sizeof(text))

/* The first promise of suppressions.h that does not hold, or NULL. */
static const char *broken_promise(const ta_suppression *s) {
    if (!ENDS(s->hot_path) || !ENDS(s->function) || !ENDS(s->module) || !ENDS(s->reason) ||
        !ENDS(s->expires))
        return "texts end";
    if (!*s->hot_path && !*s->function && !*s->module)
        return "there is a pattern";
    if (!*s->reason)
        return "there is a reason";
    if (*s->expires && (strlen(s->expires) != 10 || strcmp(s->expires, "0000-01-01") < 0 ||
                        strcmp(s->expires, "9999-12-31") > 0))
        return "a date is one";
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size ? size : 1); /* tight: a read too far is seen */
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    ta_suppressions all;
    ta_status status = ta_suppressions_parse(text, size, "fuzz.json", &all);
    bool refused = status.code == TA_BAD_INPUT && strlen(status.text) >= 10;
    if (ta_ok(status) ? all.count > TA_SUPPRESSIONS_MAX : !refused || all.count || all.items) {
        fprintf(stderr, "code %d, %u of them: %s\n", (int)status.code, all.count, status.text);
        abort();
    }
    for (uint32_t i = 0; i < all.count; i++) {
        const char *broken = broken_promise(&all.items[i]);
        if (broken) {
            fprintf(stderr, "accepted, but not true: %s\n", broken);
            abort();
        }
    }
    ta_suppressions_free(&all);
    free(text);
    return 0;
}
