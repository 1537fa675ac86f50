/* A constructor that allocates by a name that is not malloc's, linked into a workload. */
#include <mimalloc.h>

#include "tickaudit/tickaudit.h"

__attribute__((constructor)) static void allocate_beside(void) {
    void *block = mi_malloc(64);
    ta_sink(block);
    mi_free(block);
}
