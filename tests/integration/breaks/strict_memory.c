/* Starts a program under a filter of system calls about executable memory, which all that it starts
 * inherits: `strict_memory kill|refuse PROGRAM ARGUMENTS...`.
 *
 * kill: what maps or makes memory writable and executable at once is killed by SIGSYS.
 * refuse: that fails with EPERM, and so does making any memory executable that was mapped without,
 * as under systemd's MemoryDenyWriteExecute.
 * With "itself" for the program it maps such memory, and prints "fine" when it may. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROTECTION = 2 }; /* the number of the argument */

/* `bits` of the protection that mprotect() may not have all at once. */
static int restrict_memory(unsigned bits, unsigned answer) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pkey_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[PROTECTION])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 4, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[PROTECTION])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_WRITE | PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int map_both(void) {
    void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED || mprotect(mapped, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return puts("refused") < 0;
    return puts("fine") < 0;
}

int main(int argc, char **argv) {
    int refuses = argc > 2 && strcmp(argv[1], "refuse") == 0;
    if (argc < 3 || !(refuses ? restrict_memory(PROT_EXEC, SECCOMP_RET_ERRNO | EPERM)
                              : restrict_memory(PROT_WRITE | PROT_EXEC, SECCOMP_RET_KILL_PROCESS)))
        return 99;
    if (strcmp(argv[2], "itself") == 0)
        return map_both();
    execv(argv[2], argv + 2);
    return 98;
}
