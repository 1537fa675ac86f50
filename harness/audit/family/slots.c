/* A slot of counters for each thread: taken at its first call, taken over by a later thread when it
 * has ended. glibc frees a thread's memory after the last destructor of ours could run, so the end
 * of a thread is not something to be told: a new thread looks for slots of threads that are gone.
 *
 * The sign of life is a robust mutex in the slot, which its thread locks when it takes the slot and
 * never unlocks. When the thread has ended, after all that it runs in user space, the kernel marks
 * the mutex, and an attempt to lock it gives EOWNERDEAD. Nobody waits for one: it is only ever
 * tried. That needs no system call, since libc registers each thread's list of such mutexes when it
 * makes the thread. So it works in a sandbox that permits none.
 */
#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <pthread.h>

__thread ta_thread ta_thread_here;
ta_slot ta_slot_early;
uint32_t ta_mode_outside = TA_MODE_PLAIN;

enum {
    REUSE_FROM = 64,  /* up to here a new slot is cheaper than a look for an old one */
    REUSE_PROBES = 64 /* slots looked at per new thread: bounds both its cost and the waste */
};

/* Locks the mutex of a new slot. Where libc or the kernel has no robust ones, the slot is never
 * found to be left: then each thread has a new one. */
static void hold(ta_slot *slot) {
    pthread_mutexattr_t robust;
    bool good = pthread_mutexattr_init(&robust) == 0 &&
                pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST) == 0 &&
                pthread_mutex_init(&slot->held, &robust) == 0;
    if (!good)
        pthread_mutex_init(&slot->held, NULL);
    (void)pthread_mutex_trylock(&slot->held);
}

/* Whether the slot's thread has ended, whose mutex is then the caller's. It is free when somebody
 * has found so before. A thread_id of 0 is that of a slot which is just being taken. */
static bool lock_of_dead(ta_slot *slot) {
    if (__atomic_load_n(&slot->thread_id, __ATOMIC_ACQUIRE) == 0)
        return false;
    int state = pthread_mutex_trylock(&slot->held);
    return state == 0 || (state == EOWNERDEAD && pthread_mutex_consistent(&slot->held) == 0);
}

/* A number that no slot has is that of a thread whose slot was taken over. A mutex that was found
 * to be a dead thread's is left free, for the next that looks for a slot. */
bool ta_thread_is_gone(int32_t thread) {
    const ta_ledger *ledger = ta_ledger_mine;
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < used && i < ledger->slots_max; i++) {
        ta_slot *slot = &ta_ledger_slots(ledger)[i];
        if (__atomic_load_n(&slot->thread_id, __ATOMIC_RELAXED) != thread)
            continue;
        bool gone = lock_of_dead(slot);
        if (gone)
            pthread_mutex_unlock(&slot->held);
        return gone;
    }
    return true;
}

static ta_slot *take_over(ta_ledger *ledger, int32_t self) {
    static uint32_t cursor;
    uint32_t used = __atomic_load_n(&ledger->slots_used, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; used >= REUSE_FROM && i < REUSE_PROBES; i++) {
        uint32_t at = __atomic_fetch_add(&cursor, 1, __ATOMIC_RELAXED) % used;
        ta_slot *slot = &ta_ledger_slots(ledger)[at];
        if (!lock_of_dead(slot))
            continue;
        slot->scope_depth = 0;
        __atomic_store_n(&slot->thread_id, self, __ATOMIC_RELEASE);
        return slot;
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
    hold(slot);
    __atomic_store_n(&slot->thread_id, self, __ATOMIC_RELEASE);
    return slot;
}

/* A child of vfork that calls first takes the slot for its parent's thread, whose memory it runs
 * in: to libc it is that thread, whose end is then the slot's. */
static ta_slot *take(ta_ledger *ledger) {
    uint32_t number = __atomic_add_fetch(&ledger->threads_seen, 1, __ATOMIC_RELAXED);
    ta_slot *slot = take_over(ledger, (int32_t)number);
    return slot ? slot : take_new(ledger, (int32_t)number);
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
        slot->violated[0] = slot->violated[1] = 0;
        ta_slot_set_mode(slot, ta_mode_outside);
    }
    return ta_thread_here.slot;
}

/* Each tick is summed up twice, over all slots: so the sums stay in registers, two counters in
 * each, ten counters at a time; added to memory one after another they took more than twice as
 * long. A load of 16 aligned bytes sees what another thread adds meanwhile in each word wholly or
 * not at all. */
typedef uint64_t two_words __attribute__((vector_size(16), aligned(8), may_alias));

enum { AT_A_TIME = 5, PAIRS = sizeof(ta_counters) / sizeof(two_words) };

_Static_assert(sizeof(ta_counters) == PAIRS * sizeof(two_words), "the counters are pairs");
_Static_assert(PAIRS % AT_A_TIME == 0, "and as many as the loop takes at a time, or a multiple");

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
