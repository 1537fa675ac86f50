/* A program that marks phases of its own, one name twice: `phases`. */
#include <stdlib.h>
#include <tickaudit/tickaudit.h>

static void part(const char *name, int blocks) {
    if (ta_phase_begin)
        ta_phase_begin(name);
    for (int tick = 0; tick < 5; tick++) {
        TA_TICK() {
            TA_HOT_PATH("part") {
                for (int i = 0; i < blocks; i++) {
                    void *volatile block = malloc(24);
                    free(block);
                }
            }
        }
    }
}

int main(void) {
    part("one", 2);
    part("two", 3);
    part("one", 4);
    if (ta_phase_end)
        ta_phase_end();
    return 0;
}
