/* What of the stacks can be read. Unwind tables can be wrong and a frame register may hold
 * anything, so nothing is read but what is known to be mapped: a thread's own stack from here to
 * its end, and what the kernel says can be read. */
#define _GNU_SOURCE
#include "assumptions.h"
#include "stack_step.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t ta_stack_first_end;

enum {
    STACK_BYTES_MAX = 64 << 20, /* for the first thread's the kernel keeps twice that free */
    PAGE = TA_STACK_PAGE,
    NO_SUCH_WAY = -1
};

/* What the kernel says of a call that reads a signal mask there and is then refused: EINVAL, or
 * EFAULT where it cannot read. Unlike mincore it tells a guard page from memory, and every sandbox
 * permits it. */
static int errno_of_probe(uint64_t address) {
    enum { MASK_BYTES = 8 };
    int before = errno;
    syscall(SYS_rt_sigprocmask, NO_SUCH_WAY, (void *)(uintptr_t)address, NULL, MASK_BYTES);
    int error = errno;
    errno = before;
    return error;
}

/* At the first use, on memory that is there and on the first page, which never is. */
static void check_probe(void) {
    enum { NOT_MAPPED = 8 };
    uint64_t here = 0;
    ta_assumption_settle(TA_ASSUMPTION_page_probe,
                         errno_of_probe((uint64_t)(uintptr_t)&here) == EINVAL &&
                             errno_of_probe(NOT_MAPPED) == EFAULT);
}

bool ta_stack_is_readable(uint64_t address) {
    if (TA_UNLIKELY(ta_assumption_is_pending(TA_ASSUMPTION_page_probe)))
        check_probe();
    return ta_assumption_holds(TA_ASSUMPTION_page_probe) && errno_of_probe(address) == EINVAL;
}

/* A thread's control block lies at the end of its stack, as glibc lays them out (but the first
 * thread's). */
static uint64_t end_of_threads_stack(void) {
    return (uint64_t)(uintptr_t)__builtin_thread_pointer();
}

/* The thread pointer leads to the control block, whose first word leads there too (x86-64 psABI,
 * "Thread-Local Storage"). Whether it lies at the end of the stack is seen page by page. */
void ta_stack_check(void) {
    ta_assumption_await(TA_ASSUMPTION_page_probe);
#if defined(__x86_64__)
    uint64_t block = end_of_threads_stack();
    ta_assumption_settle(TA_ASSUMPTION_thread_block, *(const uint64_t *)(uintptr_t)block == block);
#endif
}

/* From where on this thread's stack is known to be mapped without a gap, up to its end. */
static __thread uint64_t known_from __attribute__((tls_model("initial-exec")));

/* Looks at each page from what is known down to `address`, which happens once a page. A gap means
 * that the address lies on another stack, of a coroutine say. */
static bool reaches_down_to(uint64_t address) {
    uint64_t end = end_of_threads_stack();
    if (!known_from)
        known_from = end / PAGE * PAGE;
    if (address >= end || end - address > STACK_BYTES_MAX)
        return false;
    while (known_from > address) {
        if (!ta_stack_is_readable(known_from - PAGE))
            return false;
        known_from -= PAGE;
    }
    return true;
}

uint64_t ta_stack_end_at(uint64_t address) {
    uint64_t first_end = ta_stack_first_end;
    if (address < first_end && first_end - address < STACK_BYTES_MAX)
        return first_end;
    if (!ta_assumption_holds(TA_ASSUMPTION_thread_block))
        return 0;
    return reaches_down_to(address) ? end_of_threads_stack() : 0;
}

size_t ta_stack_readable(const void *begin, size_t wanted) {
    uint64_t at = (uint64_t)(uintptr_t)begin, end = ta_stack_end_at(at);
    if (!end) { /* the page that it begins in is there, and perhaps the next */
        end = at / PAGE * PAGE + PAGE;
        end += end - at < wanted && ta_stack_is_readable(end) ? PAGE : 0;
    }
    return end - at < wanted ? end - at : wanted;
}
