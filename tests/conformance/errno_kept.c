/* A call that gives memory, or takes it back, leaves errno alone, also when the allocator's own
 * system calls fail on the way: here the kernel refuses to take memory back. */
#include "conformance.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { BLOCKS = 4000, ROUNDS = 5, SENTINEL = 77 };

static void refuse_to_take_back(void) {
#define REFUSED(number)                                                                            \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSED(SYS_munmap),
        REFUSED(SYS_madvise),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "%s", strerror(errno));
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "%s", strerror(errno));
}

/* Most of them small; a few so large that each is mapped, and given back to the kernel, alone. */
static size_t size_of(unsigned i) {
    return ((size_t)1 << (i * 7 % 12)) + (i % 500 == 0 ? (size_t)40 << 20 : i % 31);
}

static void one_round(void **blocks) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        errno = SENTINEL;
        blocks[i] = i % 3 ? malloc(size_of(i)) : calloc(1, size_of(i));
        CHECK(blocks[i], "%zu bytes", size_of(i));
        CHECK(errno == SENTINEL, "%zu bytes got: errno %d", size_of(i), errno);
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        errno = SENTINEL;
        free(blocks[i]);
        CHECK(errno == SENTINEL, "%zu bytes given back: errno %d", size_of(i), errno);
    }
}

/* Blocks that an allocator maps by themselves, and may want to name or to align. The kernel may
 * refuse some. */
static void huge_blocks(void) {
    for (unsigned bits = 26; bits < 44; bits++) {
        errno = SENTINEL;
        void *block = malloc((size_t)1 << bits);
        CHECK(!block || errno == SENTINEL, "2^%u bytes got: errno %d", bits, errno);
        errno = SENTINEL;
        free(block);
        CHECK(errno == SENTINEL, "2^%u bytes given back: errno %d", bits, errno);
    }
}

int main(void) {
    static void *blocks[BLOCKS];
    huge_blocks();
    refuse_to_take_back();
    errno = 0;
    CHECK(munmap(blocks, 4096) == -1 && errno == EPERM, "the kernel takes back: errno %d", errno);
    for (int round = 0; round < ROUNDS; round++)
        one_round(blocks);
    return 0;
}
