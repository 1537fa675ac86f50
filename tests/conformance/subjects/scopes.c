/* Hot paths and allowed stretches, nested in each other in every way. */
#include "subject.h"

enum { TOO_DEEP = TA_SCOPE_DEPTH_MAX + 3 };

static void nested(void) {
    TA_HOT_PATH("outer") {
        churn_aligned(1, 10); /* outer */
        TA_HOT_PATH("inner") {
            churn_aligned(2, 100); /* both */
        }
    }
}

static void recursive(int depth) {
    TA_HOT_PATH("recursive") {
        churn_aligned(1, 10); /* counted once, however deep */
        if (depth > 1)
            recursive(depth - 1);
    }
}

static void allowed(void) {
    TA_HOT_PATH("excused") {
        TA_ALLOW("pool", "grows at times") {
            churn_aligned(4, 10); /* nobody's but the stretch's */
            TA_HOT_PATH("strict") {
                churn_aligned(5, 10); /* strict's alone */
            }
        }
        churn_aligned(1, 10); /* excused's */
    }
}

static void deep(void) {
    for (int i = 0; i < TOO_DEEP; i++)
        ta_hot_begin("deep");
    churn_aligned(1, 10);
    for (int i = 0; i < TOO_DEEP; i++)
        ta_hot_end();
    churn_aligned(1, 10); /* nobody's */
}

static void by_malloc(void) {
    TA_HOT_PATH("by malloc") {
        void *block = malloc(10);
        ta_sink(block);
        free(block);
    }
}

int main(void) {
    if (!ta_hot_begin)
        return 0;
    nested();
    recursive(6);
    allowed();
    by_malloc();
    deep();
    ta_hot_end(); /* one too many */
    churn_aligned(1, 10);
    return 0;
}
