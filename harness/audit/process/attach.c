/* How the auditor comes to work: at the start of the process it takes the ledger that it is to
 * write and proves that its hooks are in force; and after a fork it moves out of the parent's
 * ledger. */
#define _GNU_SOURCE
#include "assumptions.h"
#include "count.h"
#include "execs.h"
#include "objects.h"
#include "own_malloc.h"
#include "sanitizer.h"
#include "text.h"
#include "watch.h"
#include "without_us.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

ta_home_page ta_home;
ta_ledger *ta_ledger_mine;

static const char *variable(char *const *environment, const char *name) {
    size_t length = strlen(name);
    for (; environment && *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

/* What the counting costs, without the allocator: the best of a few rounds on a slot that nobody
 * reads. */
static uint64_t calibrate(void) {
    enum { ROUNDS = 3, PAIRS = 500 };
    static ta_slot scratch;
    static char block[64];
    uint32_t present = ta_home.present;
    ta_home.present = TA_HOME_COUNTING;
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = ta_now_ns();
        for (int i = 0; i < PAIRS; i++) {
            TA_COUNT_ALLOC(&scratch, allocated, (void *)block, 16U, TA_FRAME());
            ta_count_free(&scratch, block);
        }
        uint64_t spent = ta_now_ns() - begin;
        best = spent < best ? spent : best;
    }
    ta_home.present = present;
    return best * 1000 / PAIRS;
}

/* By their names, or past the program's own definitions. */
static bool leads_to_us(const char *name) {
    return ta_own_malloc_is_watched || ta_leads_here(name);
}

static void free_nothing(void *block) {
    (void)block;
}

/* The proof that the program's calls reach us: the name leads here, and a call by that name was
 * counted. The call is free(NULL), so that whoever else counts in this process (valgrind, which
 * may also have taken our place) sees no block that the program did not make. */
static bool hooks_in_force(ta_slot *slot) {
    void (*volatile free_by_name)(void *);
    void *address = dlsym(RTLD_DEFAULT, "free");
    memcpy((void *)(uintptr_t)&free_by_name, &address, sizeof address);
    uint64_t before = slot->counters.freed_null;
    void (*beneath)(void *) = ta_real.free;
    ta_real.free = free_nothing; /* an allocator whose constructor comes later cannot be called */
    free_by_name(NULL);
    ta_real.free = beneath;
    bool counted = slot->counters.freed_null == before + 1;
    slot->counters.freed_null = before;
    return counted && leads_to_us("malloc") && leads_to_us("free");
}

static void describe(ta_ledger *ledger) {
    ledger->hooked |= leads_to_us("malloc") ? TA_HOOKED_MALLOC : 0;
    ledger->hooked |= leads_to_us("_Znwm") ? TA_HOOKED_OPERATORS : 0;
    ledger->hooked |= ta_leads_here("mmap") ? TA_HOOKED_MAPPING : 0;
    ledger->pair_picoseconds = calibrate();
    ledger->attached_ns = ta_now_ns();
}

/* Everything is in place: from here on the quick way finds it. */
static void move_in(ta_ledger *ledger) {
    bool live = (ledger->flags & TA_LEDGER_TRACK_LIVE) && ta_real.usable_size && !ta_is_foreign;
    ta_ledger_mine = ledger;
    ledger->hooked |= live ? TA_HOOKED_SIZES : 0;
    bool all = ledger->flags & (TA_LEDGER_STACKS_ALL | TA_LEDGER_STACKS_SAMPLE);
    all = all || ledger->stacked_count > 0;
    ta_mode_outside = all ? TA_MODE_OUTSIDE : TA_MODE_PLAIN;
    ta_assumptions_publish(ledger);
    ta_home.present = live ? TA_HOME_LIVE : TA_HOME_COUNTING;
}

/* For kernels that do not wipe the page: fork() itself tells us, though a raw clone does not. */
static void leave_home(void) {
    ta_home.present = TA_HOME_ELSEWHERE;
}

/* What is live when a child is forked is live in the child as well, until it frees it. Private
 * memory: a forked child has it as it was; the parent's counters, which are shared, go on. */
static struct {
    int64_t bytes, blocks;
    bool known;
} live_at_fork;

static bool is_at_home(void) {
    return ta_ledger_mine && ta_home.present != TA_HOME_ELSEWHERE;
}

static void note_live_before_fork(void) {
    ta_counters all;
    if (!is_at_home())
        return; /* a child that has not counted yet: as its parent left it */
    ta_execs_note_child();
    if (ta_ledger_set_mine && ta_slot_here()->mode == TA_MODE_HOT)
        ta_add_shared(&ta_ledger_mine->forks_in_hot, 1);
    ta_slots_sum(&all);
    live_at_fork.bytes = ta_counters_live_bytes(&all) + ta_ledger_mine->inherited_bytes;
    live_at_fork.blocks = ta_counters_live_blocks(&all) + ta_ledger_mine->inherited_blocks;
    live_at_fork.known = !ta_ledger_mine->inheritance_unknown;
}

/* A child by a raw clone would find what an earlier fork left. */
static void forget_live_after_fork(void) {
    if (is_at_home())
        live_at_fork.known = false;
}

static void inherit(ta_ledger *ledger) {
    ledger->inheritance_unknown = !live_at_fork.known;
    ledger->inherited_bytes = live_at_fork.known ? live_at_fork.bytes : 0;
    ledger->inherited_blocks = live_at_fork.known ? live_at_fork.blocks : 0;
    live_at_fork.known = false;
}

/* The program that was asked for, and not one that it started. */
static bool is_asked_for(const ta_ledger *ledger) {
    return ta_ledger_set_mine ? ledger->number == 0 : !ta_ledger_is_private(ledger);
}

/* An allocator that fails its self-test may do so by a crash, which the reader then finds in
 * `alive`. A program that is audited by hand has its allocator anyway; a child runs as it does
 * without us. */
static void test_allocator(ta_ledger *ledger, bool is_told, char **arguments, char **environment) {
    ta_real_describe(ledger->allocator);
    ledger->alive = TA_ALIVE_TESTING;
    bool fit = ta_real_is_fit();
    const char *foreign_call = fit ? ta_real_foreign_call() : NULL;
    ledger->alive = fit ? TA_ALIVE_NO : TA_ALIVE_UNFIT;
    if (foreign_call) {
        ta_text text = {ledger->foreign_call,
                        ledger->foreign_call + sizeof ledger->foreign_call - 1};
        ta_text_add(&text, foreign_call);
        ledger->alive = TA_ALIVE_MIXED;
    }
    if ((fit && !foreign_call) || !is_told)
        return;
    if (!is_asked_for(ledger))
        ta_without_us(arguments, environment);
    _exit(TA_LEDGER_EXIT_UNFIT);
}

static void settle(ta_ledger *ledger) {
    bool wiped = madvise(&ta_home, sizeof ta_home, MADV_WIPEONFORK) == 0;
    if (!wiped)
        pthread_atfork(NULL, NULL, leave_home);
    pthread_atfork(note_live_before_fork, forget_live_after_fork, NULL);
    ledger->hooked = wiped ? TA_HOOKED_FORK : 0;
    move_in(ledger);
    ta_slot *slot = ta_slot_here();
    slot->counters = ta_slot_early.counters;
    describe(ledger);
    ta_operators_resolve();
    if (ledger->flags & TA_LEDGER_SITES) { /* while /proc can still be read */
        ta_stack_prepare();
        ta_modules_note_all();
        ledger->auditor = ta_module_of((uint64_t)(uintptr_t)&ta_home);
    }
    ta_stacked_ask(ledger);
    ta_stacked_begin(ledger);
    if (!ta_is_foreign)
        ta_faults_install(ledger);
    ta_watch_install(ledger);
    ta_execs_install();
    bool hooked = !ta_is_foreign && hooks_in_force(slot);
    uint64_t alive = hooked ? TA_ALIVE_HOOKED : TA_ALIVE_FOREIGN;
    __atomic_store_n(&ledger->alive, alive, __ATOMIC_RELEASE);
}

/* A program with more rights than its caller opens no file that the caller names. */
__attribute__((constructor)) static void start(int argc, char **argv, char **environment) {
    (void)argc;
    int before = errno;
    ta_sanitizer_let_start();
    ta_stack_first_end = (uint64_t)(uintptr_t)argv;
    ta_real_resolve();
    bool secure = getauxval(AT_SECURE) != 0;
    ta_assumptions_begin(secure ? NULL : variable(environment, TA_FALLBACK_VARIABLE));
    ta_objects_begin();
    ta_mapping_begin();
    ta_stack_check();
    ta_watch_check();
    ta_assumption_await(TA_ASSUMPTION_signal_frame);
    const char *path = secure ? NULL : variable(environment, TA_LEDGER_VARIABLE);
    ta_ledger *ledger = ta_ledger_choose(path);
    bool foreign = ta_foreign_adopt() && !(ledger && ta_own_malloc_watch(ledger));
    if (ledger && !foreign)
        test_allocator(ledger, path != NULL, argv, environment);
    if (!foreign)
        ta_real_check();
    if (ledger)
        settle(ledger);
    errno = before;
}

/* Without memory for a ledger of its own a child counts where nobody reads, and not in its
 * parent's. */
void ta_attach_child(void) {
    int before = errno;
    uint64_t alive = ta_ledger_mine->alive;
    ta_ledger *ledger = ta_ledger_choose_for_child(ta_ledger_mine);
    if (ledger) {
        ledger->attached_ns = ta_now_ns();
        inherit(ledger);
        move_in(ledger);
        ta_stacked_begin(ledger);
        __atomic_store_n(&ledger->alive, alive, __ATOMIC_RELEASE);
    } else {
        ta_ledger_mine = NULL;
    }
    errno = before;
}

bool ta_attached_and_hooked(void) {
    return ta_slot_here() != &ta_slot_early && ta_ledger_mine->alive == TA_ALIVE_HOOKED;
}

__attribute__((destructor)) static void end(void) {
    if (!ta_ledger_mine || !ta_home.present)
        return;
    ta_watch_catch_up();
    if (ta_ledger_mine->flags & TA_LEDGER_SITES)
        ta_modules_note_all(); /* those that came later */
    ta_ledger_mine->ended = 1;
}
