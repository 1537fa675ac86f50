/* Allocates while the loader is still at work: before the auditor has a ledger, or anyone's
 * constructor has run. mimalloc by itself dies of that, and so does glibc since 2.43: its malloc
 * reads a thread-local pointer whose initial value the loader writes later. */
#include "subject.h"

#include <features.h>
#include <stdio.h>

#if __GLIBC_PREREQ(2, 43)

int main(void) {
    puts("skipped: glibc since 2.43 cannot allocate in an IFUNC resolver");
    return 77;
}

#else

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

#endif
