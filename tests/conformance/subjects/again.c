/* Becomes itself once more by exec: what it counted as its earlier self is forgotten. */
#include "subject.h"

#include <unistd.h>

int main(int argc, char **argv) {
    if (argc > 1) {
        churn_aligned(5, 10);
        return 0;
    }
    churn_aligned(100, 10);
    TA_HOT_PATH("earlier") {
        churn_aligned(100, 10);
    }
    char *arguments[] = {argv[0], (char[]){"again"}, NULL};
    execv(argv[0], arguments);
    return 1;
}
