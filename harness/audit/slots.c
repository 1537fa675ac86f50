/* A slot of counters for each thread: taken at its first call, taken over by a later thread when it
 * has ended. glibc frees a thread's memory after the last destructor of ours could run, so the end
 * of a thread is not something to be told: a new thread looks for slots of threads that are gone.
 */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

__thread ta_thread ta_thread_here;
ta_slot ta_slot_early;
uint32_t ta_mode_outside = TA_MODE_PLAIN;

enum {
    UNKNOWN_THREAD = -1, /* no thread has this number, and none is ever found to be gone */
    REUSE_FROM = 64,     /* up to here a new slot is cheaper than a look for an old one */
    REUSE_PROBES = 64    /* slots looked at per new thread: bounds both its cost and the waste */
};

static bool thread_is_gone(int32_t process, int32_t thread) {
    int before = errno;
    bool gone = syscall(SYS_tgkill, process, thread, 0) == -1 && errno == ESRCH;
    errno = before;
    return gone;
}

bool ta_thread_is_gone(int32_t thread) {
    return thread_is_gone((int32_t)getpid(), thread);
}

/* A thread that has our own number must be gone, since that is ours now. */
static ta_slot *take_over(ta_ledger *ledger, int32_t process, int32_t self) {
    static uint32_t cursor;
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; used >= REUSE_FROM && i < REUSE_PROBES; i++) {
        uint32_t at = __atomic_fetch_add(&cursor, 1, __ATOMIC_RELAXED) % used;
        ta_slot *slot = &ta_ledger_slots(ledger)[at];
        int32_t owner = __atomic_load_n(&slot->thread_id, __ATOMIC_ACQUIRE);
        if (owner == 0 || (owner != self && !thread_is_gone(process, owner)))
            continue;
        if (__atomic_compare_exchange_n(&slot->thread_id, &owner, self, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            slot->scope_depth = 0;
            return slot;
        }
    }
    return NULL;
}

/* More threads alive than there are slots: they share the last one. Its sums stay right for all
 * practical ends (an addition may be lost in a race), and the ledger says that it happened. */
static ta_slot *take_new(ta_ledger *ledger, int32_t self) {
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_RELAXED);
    do {
        if (used >= ledger->slots_max) {
            ta_add_shared(&ledger->lost.threads, 1);
            return &ta_ledger_slots(ledger)[ledger->slots_max - 1];
        }
    } while (!__atomic_compare_exchange_n(&ledger->slots_used, &used, used + 1, true,
                                          __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    ta_slot *slot = &ta_ledger_slots(ledger)[used];
    __atomic_store_n(&slot->thread_id, self, __ATOMIC_RELEASE);
    return slot;
}

/* A child of vfork runs in its parent's memory under another number. It must not judge which of the
 * parent's threads are gone, nor leave its own number, which nobody has a moment later, on a slot
 * that the parent's thread goes on using. */
static ta_slot *take(ta_ledger *ledger) {
    int32_t process = (int32_t)getpid();
    if (process != ledger->owner)
        return take_new(ledger, UNKNOWN_THREAD);
    int32_t self = (int32_t)syscall(SYS_gettid);
    ta_slot *slot = take_over(ledger, process, self);
    return slot ? slot : take_new(ledger, self);
}

ta_slot *ta_slot_find(void) {
    if (ta_ledger_mine && ta_home.present == TA_HOME_ELSEWHERE) {
        ta_thread_here = (ta_thread){0};
        ta_attach_child();
    }
    if (!ta_ledger_mine)
        return &ta_slot_early;
    if (!ta_thread_here.slot) {
        ta_slot *slot = take(ta_ledger_mine);
        ta_thread_here.slot = slot;
        ta_slot_set_mode(slot, ta_mode_outside);
        __atomic_fetch_add(&ta_ledger_mine->threads_seen, 1, __ATOMIC_RELAXED);
    }
    return ta_thread_here.slot;
}

/* Each tick is summed up twice, over all slots: so the sums stay in registers, two counters in
 * each, ten counters at a time; added to memory one after another they took more than twice as
 * long. A load of 16 aligned bytes sees what another thread adds meanwhile in each word wholly or
 * not at all. */
typedef uint64_t two_words __attribute__((vector_size(16), aligned(8), may_alias));

enum { AT_A_TIME = 5, PAIRS = sizeof(ta_counters) / sizeof(two_words) };

_Static_assert(sizeof(ta_counters) == PAIRS * sizeof(two_words) && PAIRS % AT_A_TIME == 0,
               "the counters are as many as the loop below takes at a time, or a multiple");

static void sum_some(two_words *sum, const ta_slot *slots, uint32_t used, unsigned first) {
    two_words a = {0}, b = {0}, c = {0}, d = {0}, e = {0};
    for (uint32_t i = 0; i < used; i++) {
        const volatile two_words *words = (const volatile two_words *)&slots[i].counters + first;
        a += words[0];
        b += words[1];
        c += words[2];
        d += words[3];
        e += words[4];
    }
    sum[first] = a;
    sum[first + 1] = b;
    sum[first + 2] = c;
    sum[first + 3] = d;
    sum[first + 4] = e;
}

void ta_slots_sum(ta_counters *sum) {
    const ta_ledger *ledger = ta_ledger_mine;
    uint32_t used = ledger ? __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE) : 0;
    for (unsigned first = 0; first < PAIRS; first += AT_A_TIME)
        sum_some((two_words *)sum, used ? ta_ledger_slots(ledger) : NULL, used, first);
}
