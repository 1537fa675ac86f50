/* Makes four allocations: the first and the third are used without a look, the second is looked at
 * and ends the program by code 3, and after the fourth it waits for ever if it failed. */
#include <stdlib.h>
#include <unistd.h>

static __attribute__((noinline)) void use_blindly(void) {
    char *volatile block = malloc(100);
    block[0] = 'x';
    free(block);
}

int main(void) {
    use_blindly();
    void *volatile looked_at = malloc(10);
    if (!looked_at)
        return 3;
    use_blindly();
    void *volatile needed = malloc(20);
    while (!needed)
        pause();
    free(looked_at);
    free(needed);
    return 0;
}
