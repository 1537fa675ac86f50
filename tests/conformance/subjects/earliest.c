/* Allocates while the loader is still at work: before the auditor has a ledger, or anyone's
 * constructor has run. mimalloc by itself dies of that. */
#include "subject.h"

static int answer(void) {
    return 42;
}

__attribute__((used)) static int (*resolve(void))(void) {
    ta_sink(take_aligned(30)); /* kept */
    return answer;
}

int chosen(void) __attribute__((ifunc("resolve"))); /* resolved before the auditor has a ledger */

int main(void) {
    return chosen() == 42 ? 0 : 1;
}
