/* fuzz_patch_code: libFuzzer over what moves a function's beginning. The first byte says how much
 * of the others is the function, the rest what follows it.
 *
 *     cmake -B build-fuzz -DTA_FUZZ=ON -DTA_TESTS=ON -DCMAKE_C_COMPILER=clang
 *     cmake --build build-fuzz --target fuzz_patch_code && mkdir corpus
 *     build-fuzz/tests/fuzz_patch_code corpus
 */
#include "patch_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patch_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    uint64_t room = size - 1, count = room ? data[0] % (room + 1) : 0;
    ta_patch_code p;
    const char *why = ta_patch_code_make(4096, data + 1, count, room, &p);
    const char *broken = patch_broken_promise(why, count, room, &p);
    if (broken) {
        fprintf(stderr, "moved, but not true: %s\n", broken);
        abort();
    }
    return 0;
}
