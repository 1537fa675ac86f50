/* A user's program: ten ticks, and three allocations in a hot path of the seventh. Links nothing.
 */
#include <tickaudit/tickaudit.h>

#include <stdlib.h>

static void step(int tick) {
    for (int i = 0; tick == 7 && i < 3; i++) {
        void *block = malloc(8);
        ta_sink(block);
        free(block);
    }
}

int main(void) {
    for (int tick = 1; tick <= 10; tick++) {
        TA_TICK() {
            TA_HOT_PATH("step") {
                step(tick);
            }
        }
    }
    return 0;
}
