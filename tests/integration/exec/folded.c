/* Two functions of the same code, which a linker makes one (--icf=all). */
#include <stdlib.h>

void *volatile folded_block;

static void take(void) {
    folded_block = malloc(10);
    free(folded_block);
}

void fold_one(int times);
void fold_two(int times);
void swap_buffers(void);

__attribute__((noinline)) void fold_one(int times) {
    for (int i = 0; i < times; i++)
        take();
    __asm__ volatile("nop; nop");
}

__attribute__((noinline)) void fold_two(int times) {
    for (int i = 0; i < times; i++)
        take();
    __asm__ volatile("nop; nop");
}

__attribute__((noinline)) void swap_buffers(void) {
    __asm__ volatile("nop; nop; nop; nop; nop; nop");
}

int main(void) {
    for (int i = 0; i < 10; i++) {
        swap_buffers();
        fold_one(1);
        fold_two(2);
    }
    swap_buffers();
    return 0;
}
