/* Functions with strange beginnings, in assembly, since no compiler would promise them. */
#include <stdio.h>

#if defined(__x86_64__)

extern int too_short(void);
extern int calls_at_once(void);
extern int branches_at_once(int number);
extern int counts_at_once(long number);
extern int loops_to_its_beginning(int count);
extern int reads_at_once(void);
extern int compares_at_once(void);

extern int number_that_is_read;
int number_that_is_read = 4711;

#define FUNCTION(name, code)                                                                       \
    __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" code               \
            ".size " #name ", . - " #name "\n.balign 16\n")

FUNCTION(too_short, "    xorl %eax, %eax\n    ret\n");
FUNCTION(calls_at_once, "    call too_short\n    addl $3, %eax\n    ret\n");
FUNCTION(branches_at_once, "    testl %edi, %edi\n    je 1f\n    movl $1, %edi\n"
                           "1:  movl %edi, %eax\n    ret\n");
FUNCTION(counts_at_once, "    movq %rdi, %rcx\n    jrcxz 1f\n    movl $7, %eax\n    ret\n"
                         "1:  xorl %eax, %eax\n    ret\n");
FUNCTION(loops_to_its_beginning, "    movl %edi, %eax\n    decl %edi\n    nop\n"
                                 "    jnz loops_to_its_beginning\n    ret\n");
FUNCTION(reads_at_once, "    movl number_that_is_read(%rip), %eax\n    ret\n");
FUNCTION(compares_at_once, "    cmpl $4711, number_that_is_read(%rip)\n    sete %al\n"
                           "    movzbl %al, %eax\n    ret\n");

int main(void) {
    if (too_short() || counts_at_once(0) || loops_to_its_beginning(3) != 1)
        return 9;
    printf("%d %d %d %d %d\n", reads_at_once(), compares_at_once(), calls_at_once(),
           branches_at_once(0), branches_at_once(5));
    return 0;
}

#else

int main(void) {
    return 0;
}

#endif
