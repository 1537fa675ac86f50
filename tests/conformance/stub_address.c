/* A program at a fixed address that takes the address of malloc and free: the linker gives it stubs
 * of its own, and the loader tells everybody that these are malloc and free. Calls go on through
 * them to the first library, so that the program is audited like any other (Debian's python3 is
 * one). */
#include "conformance.h"

#include <dlfcn.h>
#include <stdint.h>

typedef void *(*take_function)(size_t size);
typedef void (*give_function)(void *block);

take_function address_of_malloc(void);
give_function address_of_free(void);

int main(void) {
    static char here;
    take_function volatile take = address_of_malloc();
    give_function volatile give = address_of_free();
    uintptr_t by_name = (uintptr_t)dlsym(RTLD_DEFAULT, "malloc");
    CHECK(by_name == (uintptr_t)take, "malloc has two addresses");
    CHECK(by_name - (uintptr_t)&here + (64U << 20) < (128U << 20), "malloc is not in the program");
    ta_counts counts;
    TA_COUNT_ALLOCS(counts) {
        give(take(100));
    }
    CHECK(!ta_audited() || counts.allocs == 1, "%lld calls counted", (long long)counts.allocs);
    return 0;
}
