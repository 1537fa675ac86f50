/* fuzz_cfi: libFuzzer over the auditor's reader of unwind tables. The input is an .eh_frame_hdr
 * with the entries behind it; what it says of the functions that it lists is asked for.
 *
 *     cmake -B build-fuzz -DTA_FUZZ=ON -DTA_TESTS=ON -DCMAKE_C_COMPILER=clang
 *     cmake --build build-fuzz --target fuzz_cfi && mkdir corpus
 *     build-fuzz/tests/fuzz_cfi corpus tests/fuzz/cfi
 */
#define _GNU_SOURCE
#include "cfi_by_hand.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(uint64_t address) {
    if (ta_cfi_rule_elsewhere(address).base > TA_CFA_SIGNAL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { HEAD_BYTES = 12, PAIR_BYTES = 8, FUNCTIONS = 16 };
    uint8_t *table = malloc(size ? size : 1); /* tight: a read too far is seen */
    if (!table)
        abort();
    if (size)
        memcpy(table, data, size);
    cfi_module = (ta_object){
        .begin = (const char *)table, .end = (const char *)table + size, .eh_frame_hdr = table};
    ta_cfi_forget();
    for (size_t i = 0; i < FUNCTIONS && HEAD_BYTES + (i + 1) * PAIR_BYTES <= size; i++) {
        int32_t distance;
        memcpy(&distance, table + HEAD_BYTES + i * PAIR_BYTES, sizeof distance);
        uint64_t function = (uint64_t)(uintptr_t)table + (uint64_t)(int64_t)distance;
        for (uint64_t at = 0; at < 8; at++)
            ask(function + at - 1);
    }
    free(table);
    return 0;
}
