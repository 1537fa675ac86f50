/* More names of hot paths than there is room for. */
#include "subject.h"

#include <stdio.h>

enum { NAMES = 200 };

int main(void) {
    for (int i = 0; i < NAMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "path %d", i);
        TA_HOT_PATH(name) {
            churn_aligned(1, 10);
        }
    }
    return 0;
}
