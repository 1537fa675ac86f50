/* Calls a function of a library once, which the library itself goes to ten times. It prints "fine".
 */
#include <unistd.h>

void near_update(void);
void near_run(void);

int main(void) {
    near_update();
    for (int i = 0; i < 10; i++)
        near_run();
    return write(STDOUT_FILENO, "fine\n", 5) != 5;
}
