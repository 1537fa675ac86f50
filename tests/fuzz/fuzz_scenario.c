/* fuzz_scenario: libFuzzer over the reader of scenarios.
 *
 *     cmake -B build-fuzz -DTA_FUZZ=ON -DTA_TESTS=ON -DCMAKE_C_COMPILER=clang
 *     cmake --build build-fuzz --target fuzz_scenario && mkdir corpus
 *     build-fuzz/tests/fuzz_scenario -dict=tests/fuzz/scenario.dict corpus scenarios \
 *         scenarios/negative tests/fuzz/seeds
 *
 * The first folder is written to: name one of your own.
 *
 * The bytes up to the first zero byte are the file; what follows, zero-separated, are overrides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario_promises.h"

enum { OVERRIDES_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t size, const char *const *overrides, unsigned count) {
    static ta_scenario scenario;
    ta_status status = ta_scenario_parse(text, size, "fuzz.json", overrides, count, &scenario);
    if (ta_ok(status)) {
        const char *broken = scenario_broken_promise(&scenario);
        if (broken) {
            fprintf(stderr, "accepted, but not true: %s\n", broken);
            abort();
        }
    } else if (status.code != TA_BAD_INPUT || strlen(status.text) < 10) {
        fprintf(stderr, "refused with code %d: %s\n", (int)status.code, status.text);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *overrides[OVERRIDES_MAX];
    unsigned count = 0;
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t text_size = zero ? (size_t)(zero - data) : size;
    size_t tail_size = size - text_size;
    char *text = malloc(text_size ? text_size : 1); /* tight: a read too far is seen */
    char *tail = calloc(1, tail_size + 1);
    if (!text || !tail)
        abort();
    if (text_size)
        memcpy(text, data, text_size);
    if (tail_size)
        memcpy(tail, data + text_size, tail_size);
    for (size_t at = 1; at < tail_size && count < OVERRIDES_MAX; at += strlen(tail + at) + 1)
        overrides[count++] = tail + at;
    check(text, text_size, overrides, count);
    check((const char *)data, size, NULL, 0); /* zero bytes in the file, too */
    free(tail);
    free(text);
    return 0;
}
