/* fuzz_code: libFuzzer over all that reads a program's file: symbols, debug information, code.
 *
 *     cmake -B build-fuzz -DTA_FUZZ=ON -DTA_TESTS=ON -DCMAKE_C_COMPILER=clang
 *     cmake --build build-fuzz --target fuzz_code code_seed && mkdir corpus
 *     cp build-fuzz/tests/code_seed corpus && build-fuzz/tests/fuzz_code -max_len=65536 corpus
 */
#include "code_promises.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *broken = code_broken_promise_of(data, size);
    if (broken) {
        fprintf(stderr, "read, but not true: %s\n", broken);
        abort();
    }
    return 0;
}
