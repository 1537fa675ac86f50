/* A user's test, which links the auditor and asks it what a piece of code allocates. */
#include <tickaudit/tickaudit.h>

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    ta_counts counts;
    TA_COUNT_ALLOCS(counts) {
        for (int i = 0; i < 5; i++) {
            void *block = malloc(8);
            ta_sink(block);
            free(block);
        }
    }
    printf("%llu allocations\n", (unsigned long long)counts.allocs);
    return counts.allocs == 5 ? 0 : 1;
}
