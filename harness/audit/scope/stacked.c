/* Hot paths by stack: an allocation counts for each function that its call stack holds, inlined
 * copies included. The reader has found out which stretches of each module's code belong to the
 * functions; here a frame's address is looked up in them. */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool ta_stacked_on;

void ta_stacked_begin(ta_ledger *ledger) {
    ta_stacked_on = ledger->stacked_count > 0;
    for (uint32_t i = 0; i < ledger->stacked_count && i < TA_LEDGER_STACKED_MAX; i++) {
        uint16_t index = ta_hot_path_find(ledger, ledger->stacked[i]);
        if (index < TA_LEDGER_HOT_PATHS_MAX)
            ta_ledger_hot_paths(ledger)[index].by_stack = 1;
    }
}

static uint32_t unread_since; /* an allocation came through a module that is not read yet */

uint32_t ta_stacked_at(uint64_t frame) {
    uint32_t functions = ta_ledger_functions_at(ta_ledger_mine, frame);
    if (TA_UNLIKELY(functions & TA_STACK_UNREAD))
        __atomic_store_n(&unread_since, 1, __ATOMIC_RELAXED);
    return functions;
}

/* Without a system call: a program may have given them up by now. */
void ta_stacked_catch_up(void) {
    enum { PATIENCE_NS = 200000000 };
    ta_ledger *ledger = ta_ledger_mine;
    if (TA_LIKELY(!__atomic_load_n(&unread_since, __ATOMIC_RELAXED)) || !ledger ||
        ta_home.present == TA_HOME_ELSEWHERE)
        return;
    __atomic_store_n(&unread_since, 0, __ATOMIC_RELAXED);
    uint64_t mine = ta_add_shared(&ledger->asked, 1) + 1, begin = ta_now_ns();
    while (__atomic_load_n(&ledger->answered, __ATOMIC_ACQUIRE) < mine &&
           ta_now_ns() - begin < PATIENCE_NS) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

uint64_t ta_stacked_told(void) {
    return __atomic_load_n(&ta_ledger_mine->told, __ATOMIC_ACQUIRE);
}

ta_hot_set ta_stacked_paths(uint32_t holds) {
    ta_ledger *ledger = ta_ledger_mine;
    ta_hot_set paths = {{0}};
    for (uint32_t i = 0; i < ledger->stacked_count && i < TA_LEDGER_STACKED_MAX; i++) {
        uint16_t index =
            holds >> i & 1 ? ta_hot_path_find(ledger, ledger->stacked[i]) : (uint16_t)UINT16_MAX;
        if (index < TA_LEDGER_HOT_PATHS_MAX)
            paths.bits[index / 64] |= UINT64_C(1) << index % 64;
    }
    return paths;
}

void ta_stacked_note_doubts(uint32_t holds) {
    ta_ledger *ledger = ta_ledger_mine;
    if (holds & TA_STACK_CUT)
        ta_add_shared(&ledger->stacks.cut, 1);
    else if (holds & TA_STACK_BROKEN)
        ta_add_shared(&ledger->stacks.broken, 1);
    else if (holds & TA_STACK_GUESSED)
        ta_add_shared(&ledger->stacks.guessed, 1);
}

/* It may be another user's, when the program has given up rights. */
static bool is_gone(int32_t process) {
    return syscall(SYS_kill, (long)process, 0L) != 0 && errno == ESRCH;
}

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout) {
    return syscall(SYS_futex, word, (long)operation, (long)value, timeout, NULL, 0L);
}

/* Wakes the reader. The futexes lie in a file that several processes map: none is private. */
static void ring(ta_ledger *ledger) {
    uint32_t *bell = ta_ledger_set_mine ? &ta_ledger_set_mine->bell : &ledger->bell;
    __atomic_fetch_add(bell, 1, __ATOMIC_ACQ_REL);
    futex(bell, FUTEX_WAKE, 1, NULL);
}

/* A thread that finds the reader gone goes on: what is not told is counted as such. */
void ta_stacked_ask(ta_ledger *ledger) {
    enum { STEP_NS = 100000000, STEPS_MAX = 600 };
    if (!(ledger->flags & TA_LEDGER_ASKS))
        return;
    ta_modules_note_all();
    uint64_t mine = ta_add_shared(&ledger->asked, 1) + 1;
    uint64_t until = ta_now_ns() + (uint64_t)STEP_NS * STEPS_MAX;
    const struct timespec step = {0, STEP_NS};
    int before = errno;
    ring(ledger);
    while (ta_now_ns() < until) {
        uint32_t answers = __atomic_load_n(&ledger->answers, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&ledger->answered, __ATOMIC_ACQUIRE) >= mine)
            break;
        if (futex(&ledger->answers, FUTEX_WAIT, answers, &step) != 0 && errno == ETIMEDOUT &&
            is_gone(ledger->reader))
            break;
    }
    errno = before;
}
