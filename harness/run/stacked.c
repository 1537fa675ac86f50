/* Tells audited processes which code belongs to the functions that are hot paths by stack. */
#define _GNU_SOURCE
#include "stacked.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uthash.h>

/* Which file a path led to: a build within a run makes another one of the same name. */
typedef struct file_version {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed; /* all zeros: there was no file */
} file_version;

typedef struct known_file {
    char path[TA_LEDGER_MODULE_PATH_MAX];
    file_version version;
    ta_function_code code;
    struct known_file *older; /* what the path led to before: it may still be in use */
    UT_hash_handle hh;
} known_file;

struct ta_stacked {
    ta_code_scope scope;
    uint32_t count;
    ta_function_name names[TA_LEDGER_STACKED_MAX];
    char written[TA_LEDGER_STACKED_MAX][TA_HOT_NAME_MAX]; /* as hot paths are named */
    uint64_t late[TA_LEDGER_STACKED_MAX]; /* allocations whose ticks are not all told apart */
    known_file *files;
    uint32_t own;  /* functions that the program or a library of its own defines, a bit each */
    uint32_t over; /* ledgers, from the first, that were all released */
};

ta_stacked *ta_stacked_new(const char *const *names, uint32_t count, ta_code_scope scope) {
    ta_stacked *stacked = calloc(1, sizeof *stacked);
    if (stacked)
        stacked->scope = scope;
    for (uint32_t i = 0; stacked && i < count && i < TA_LEDGER_STACKED_MAX; i++) {
        ta_function_name_read(names[i], &stacked->names[i]);
        snprintf(stacked->written[i], sizeof stacked->written[i], "%s", names[i]);
        stacked->count++;
    }
    return stacked;
}

void ta_stacked_free(ta_stacked *stacked) {
    known_file *file, *next;
    if (!stacked)
        return;
    /* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
    HASH_ITER(hh, stacked->files, file, next) {
        HASH_DEL(stacked->files, file);
        for (known_file *older; file; file = older) {
            older = file->older;
            ta_function_code_free(&file->code);
            free(file);
        }
    }
    /* NOLINTEND(clang-analyzer-unix.Malloc) */
    free(stacked);
}

void ta_stacked_instruct(const ta_stacked *stacked, ta_ledger *ledger) {
    ledger->reader = (int32_t)getpid();
    ledger->stacked_count = stacked->count;
    memcpy(ledger->stacked, stacked->written, sizeof ledger->stacked);
}

/* A function within a distribution's library, which nobody else can call, is another one that
 * happens to have the name. The program is the first of the files. */
static void note_own(ta_stacked *stacked, const char *path, const ta_function_code *code) {
    for (uint32_t n = 0; n < stacked->count && !ta_code_is_systems(path); n++) {
        const ta_function_found *found = &code->found[n];
        if (found->symbols || found->defined || found->inlined)
            stacked->own |= UINT32_C(1) << n;
    }
}

static file_version version_of(const char *path) {
    struct stat status;
    file_version version;
    memset(&version, 0, sizeof version);
    if (*path != '/' || stat(path, &status) != 0)
        return version;
    version.device = status.st_dev;
    version.inode = status.st_ino;
    version.size = status.st_size;
    version.changed = status.st_mtim;
    return version;
}

/* What is known of a file that is gone holds for those that have mapped it. */
static bool is_same(const known_file *file, const file_version *version) {
    return version->inode == 0 || memcmp(&file->version, version, sizeof *version) == 0;
}

/* Each file is read once in a run, however many processes have mapped it. */
const ta_function_code *ta_stacked_code(ta_stacked *stacked, const char *path) {
    known_file *file, *older;
    file_version version = version_of(path);
    HASH_FIND_STR(stacked->files, path, older);
    if (older && is_same(older, &version))
        return &older->code;
    file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    snprintf(file->path, sizeof file->path, "%s", path);
    file->version = version;
    if (*path == '/' && /* else the kernel's module, which has no file */
        !ta_ok(ta_function_code_find(path, stacked->names, stacked->count, stacked->scope,
                                     ta_code_is_systems(path) ? stacked->own : 0, &file->code))) {
        free(file);
        return NULL;
    }
    note_own(stacked, path, &file->code);
    if (older)
        HASH_DEL(stacked->files, older);
    file->older = older;
    HASH_ADD_STR(stacked->files, path, file);
    return &file->code;
}

/* The image is read before the module: the ranges are void when the process becomes another program
 * meanwhile. */
static void tell(ta_stacked *stacked, ta_ledger *ledger, ta_module *module, uint32_t image) {
    const ta_function_code *code = ta_stacked_code(stacked, module->path);
    uint32_t count = code ? code->range_count : 0;
    bool is_unread = code && !code->is_read && *module->path == '/'; /* its file is gone */
    ledger->ranges_lost += is_unread;
    if (!code || count > TA_LEDGER_RANGES_MAX - ledger->ranges_used) {
        ledger->ranges_lost += count + 1;
        count = 0;
    }
    module->ranges_at = ledger->ranges_used;
    module->range_count = count;
    if (count)
        memcpy(ta_ledger_ranges(ledger) + ledger->ranges_used, code->ranges,
               count * sizeof *code->ranges);
    ledger->ranges_used += count;
    __atomic_store_n(&module->ranges_image, image, __ATOMIC_RELEASE);
}

static void answer(ta_ledger *ledger, uint64_t asked) {
    if (__atomic_load_n(&ledger->answered, __ATOMIC_RELAXED) == asked)
        return;
    __atomic_store_n(&ledger->answered, asked, __ATOMIC_RELEASE);
    __atomic_fetch_add(&ledger->answers, 1, __ATOMIC_ACQ_REL);
    syscall(SYS_futex, &ledger->answers, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void serve_one(ta_stacked *stacked, ta_ledger *ledger) {
    uint64_t asked = __atomic_load_n(&ledger->asked, __ATOMIC_ACQUIRE);
    uint32_t image = __atomic_load_n(&ledger->images, __ATOMIC_ACQUIRE);
    ta_module *modules = ta_ledger_modules(ledger);
    bool any = false;
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX; i++) {
        uint32_t state = __atomic_load_n(&modules[i].state, __ATOMIC_ACQUIRE);
        if (state == TA_ENTRY_FREE)
            break; /* they are taken one after another */
        if (state != TA_ENTRY_READY || modules[i].ranges_image == image)
            continue;
        tell(stacked, ledger, &modules[i], image);
        any = true;
    }
    if (any)
        __atomic_fetch_add(&ledger->told, 1, __ATOMIC_ACQ_REL);
    answer(ledger, asked);
}

static bool is_asking(const ta_ledger *ledger) {
    return __atomic_load_n(&ledger->asked, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&ledger->answered, __ATOMIC_RELAXED);
}

/* The ledgers are in the order in which processes began, which is that of their first question. */
void ta_stacked_serve(ta_stacked *stacked, ta_ledger_file *file, ta_stacked_whom whom) {
    uint32_t count = ta_ledger_count(file);
    while (file->members && stacked->over < count && file->members[stacked->over].released)
        stacked->over++;
    for (uint32_t i = stacked->over; i < count; i++) {
        ta_ledger *ledger = ta_ledger_at(file, i);
        if (ledger && (whom == TA_STACKED_ALL || is_asking(ledger)))
            serve_one(stacked, ledger);
    }
}

const uint32_t *ta_stacked_bell(const ta_ledger_file *file) {
    return file->set ? &file->set->bell : &file->ledger->bell;
}

/* ---- when the program has ended ---- */

static uint32_t functions_in(const ta_ledger *ledger, const ta_site_record *record) {
    uint32_t functions = 0;
    for (unsigned i = 0; i < record->depth; i++)
        functions |=
            ta_ledger_functions_at(ledger, ta_ledger_frames(ledger)[record->frames_at + i]);
    return functions;
}

static unsigned path_named(const ta_ledger *ledger, const char *name) {
    const ta_hot_path *paths = ta_ledger_hot_paths(ledger);
    unsigned i = 0;
    while (i < TA_LEDGER_HOT_PATHS_MAX &&
           !(paths[i].state == TA_ENTRY_READY && strcmp(paths[i].name, name) == 0))
        i++;
    return i;
}

/* Ticks in which late allocations of one function came, and how many. */
typedef struct late_ticks {
    struct {
        uint64_t tick, allocs;
    } ticks[32];
    uint32_t count;
    bool is_exact;
    uint64_t allocs, tick_allocs, tick_bytes;
} late_ticks;

enum { LATE_TICKS_MAX = sizeof((late_ticks *)0)->ticks / sizeof((late_ticks *)0)->ticks[0] };

/* A site says in which tick it allocated when that is a single one. */
static void note_late(const ta_ledger *ledger, const ta_site_record *record, late_ticks *late) {
    ta_tally_sum in_ticks = ta_ledger_tally(ledger, &record->in_ticks);
    late->allocs += record->allocs;
    late->tick_allocs += in_ticks.allocs;
    late->tick_bytes += in_ticks.bytes;
    if (in_ticks.allocs == 0)
        return; /* outside of all ticks that were ended */
    uint32_t i = 0;
    while (i < late->count && late->ticks[i].tick != in_ticks.first_tick)
        i++;
    if (i == LATE_TICKS_MAX || in_ticks.ticks != 1) {
        late->is_exact = false;
        return;
    }
    late->count += i == late->count;
    late->ticks[i].tick = in_ticks.first_tick;
    late->ticks[i].allocs += in_ticks.allocs;
}

/* Before the first tick that the auditor saw, late ticks are all that there was. Whether the hot
 * path's figures by tick and thread are exact. */
static bool add_ticks(const ta_ledger *ledger, const late_ticks *late, ta_hot_path *path) {
    ta_tally *tally = &path->in_ticks;
    ta_tally_sum seen = ta_ledger_tally(ledger, tally);
    uint64_t seen_from = seen.ticks ? seen.first_tick : UINT64_MAX;
    bool is_exact = late->is_exact && ledger->threads_seen == 1;
    path->threads += path->threads == 0;
    tally->allocs += late->tick_allocs;
    tally->bytes += late->tick_bytes;
    for (uint32_t i = 0; i < late->count; i++) {
        uint64_t tick = late->ticks[i].tick, allocs = late->ticks[i].allocs;
        is_exact &= tick < seen_from;
        tally->ticks += tick < seen_from;
        if (!tally->first_tick || tick < tally->first_tick)
            tally->first_tick = tick;
        if (allocs > tally->worst >> 32 ||
            (allocs == tally->worst >> 32 && tick < (tally->worst & UINT32_MAX)))
            tally->worst = allocs << 32 | tick;
    }
    return is_exact;
}

static void add_to_path(const ta_site_record *record, ta_hot_path *path) {
    path->allocs += record->allocs;
    path->bytes += record->bytes;
    if (record->phase > 0 && record->phase <= TA_LEDGER_PHASES_MAX) {
        path->by_phase[record->phase - 1].allocs += record->allocs;
        path->by_phase[record->phase - 1].bytes += record->bytes;
    }
}

static bool is_empty(ta_hot_set set) {
    uint64_t any = 0;
    for (unsigned i = 0; i < sizeof set.bits / sizeof *set.bits; i++)
        any |= set.bits[i];
    return any == 0;
}

/* The record becomes one of the hot paths that it was found to be in; one that is in none was kept
 * for this alone, unless all stacks are. */
static void settle_site(const ta_stacked *stacked, ta_ledger *ledger, ta_site_record *record,
                        late_ticks *late) {
    bool was_outside = is_empty(record->within);
    uint32_t functions = functions_in(ledger, record) & record->unread;
    for (uint32_t f = 0; f < stacked->count; f++) {
        unsigned path = functions >> f & 1 ? path_named(ledger, stacked->written[f])
                                           : (unsigned)TA_LEDGER_HOT_PATHS_MAX;
        if (path == TA_LEDGER_HOT_PATHS_MAX || record->within.bits[path / 64] >> path % 64 & 1)
            continue;
        record->within.bits[path / 64] |= UINT64_C(1) << path % 64;
        if (record->hot_path == TA_LEDGER_SITE_OUTSIDE)
            record->hot_path = (uint16_t)path;
        add_to_path(record, &ta_ledger_hot_paths(ledger)[path]);
        note_late(ledger, record, &late[f]);
    }
    record->unread = 0;
    if (was_outside && !is_empty(record->within)) { /* to the sums of all, in the first slot */
        ta_slot *slot = ta_ledger_slots(ledger);
        slot->counters.hot_allocs += record->allocs;
        slot->counters.hot_bytes += record->bytes;
    } else if (was_outside && !(ledger->flags & TA_LEDGER_STACKS_ALL)) {
        record->state = TA_ENTRY_DISCARDED; /* as if it had not been kept */
    }
}

void ta_stacked_settle(ta_stacked *stacked, ta_ledger *ledger) {
    late_ticks late[TA_LEDGER_STACKED_MAX] = {0};
    ta_site_record *records = ta_ledger_sites(ledger);
    serve_one(stacked, ledger);
    for (uint32_t f = 0; f < stacked->count; f++)
        late[f].is_exact = true;
    for (uint64_t r = 0; r < ta_ledger_site_count(ledger); r++) {
        bool is_whole = records[r].state == TA_ENTRY_READY &&
                        records[r].depth <= TA_LEDGER_STACK_MAX &&
                        records[r].frames_at + records[r].depth <= ledger->frames_max;
        if (is_whole && records[r].unread)
            settle_site(stacked, ledger, &records[r], late);
    }
    for (uint32_t f = 0; f < stacked->count; f++) {
        unsigned path = late[f].allocs ? path_named(ledger, stacked->written[f])
                                       : (unsigned)TA_LEDGER_HOT_PATHS_MAX;
        if (path < TA_LEDGER_HOT_PATHS_MAX &&
            !add_ticks(ledger, &late[f], &ta_ledger_hot_paths(ledger)[path]))
            stacked->late[f] += late[f].allocs;
    }
}

void ta_stack_doubts_add(ta_stack_doubts *doubts, const ta_ledger *ledger) {
    doubts->cut += ledger->stacks.cut;
    doubts->broken += ledger->stacks.broken;
    doubts->guessed += ledger->stacks.guessed;
    doubts->untold += ledger->ranges_lost + ledger->lost.modules;
}

uint64_t ta_stacked_late(const ta_stacked *stacked, uint32_t function) {
    return stacked->late[function];
}
