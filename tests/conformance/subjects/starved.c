/* There is no memory left, not for the program and not for its child's own ledger. */
#include "subject.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    void *before = take_aligned(10);
    struct rlimit none = {1 << 20, 1 << 20};
    REQUIRE(setrlimit(RLIMIT_AS, &none) == 0);
    void *volatile big = malloc(SIZE_MAX - 1); /* a little may be left: mimalloc 3 has a gigabyte */
    REQUIRE(!big);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 1000; i++) {
            free(NULL);
            big = malloc(SIZE_MAX - 1);
        }
        TA_HOT_PATH("child") {
            free(NULL);
        }
        _exit(0);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child && status == 0);
    free(before);
    return 0;
}
