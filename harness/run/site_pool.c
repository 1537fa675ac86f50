#include "site_pool.h"

#include "ledger.h"
#include "sites.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { MODULES_MAX = UINT16_MAX };

static const uint32_t OUTSIDE = UINT32_MAX, OF_FAULT = UINT32_MAX - 1;

typedef struct pooled_module {
    char identity[TA_LEDGER_MODULE_PATH_MAX + TA_LEDGER_BUILD_ID_MAX]; /* path and build id */
    uint32_t number;                                                   /* from 1 */
    UT_hash_handle hh;
} pooled_module;

/* What makes a site: its hot paths, by their place among the pool's names, and its stack. */
typedef struct site_key {
    uint64_t within[TA_RESULT_HOT_PATHS_MAX / 64];
    uint32_t hot_path; /* OUTSIDE: none; OF_FAULT: its allocation was made to fail */
    uint32_t depth;
    uint64_t frames[TA_LEDGER_STACK_MAX]; /* ta_frame_pack: the pool's module, and the offset */
} site_key;

typedef struct pooled_site {
    ta_site figures; /* without names, stack and hot paths */
    struct pooled_site *next;
    UT_hash_handle hh;
    site_key key; /* cut off behind its frames */
} pooled_site;

struct ta_site_pool {
    pooled_module *modules;
    ta_module *loaded; /* by number less one; their load bias is 0 */
    uint32_t module_count, module_room;
    char names[TA_RESULT_HOT_PATHS_MAX][TA_HOT_NAME_MAX];
    uint32_t name_count;
    pooled_site *sites, *first, **end; /* the list is in the order of arrival */
    uint32_t site_count;
};

ta_site_pool *ta_site_pool_new(void) {
    ta_site_pool *pool = calloc(1, sizeof *pool);
    if (pool)
        pool->end = &pool->first;
    return pool;
}

/* The analyzer does not follow uthash's macros. NOLINTBEGIN(clang-analyzer-unix.Malloc) */
void ta_site_pool_free(ta_site_pool *pool) {
    if (!pool)
        return;
    pooled_module *module, *next_module;
    HASH_ITER(hh, pool->modules, module, next_module) {
        HASH_DEL(pool->modules, module);
        free(module);
    }
    HASH_CLEAR(hh, pool->sites);
    for (pooled_site *site = pool->first, *next; site; site = next) {
        next = site->next;
        free(site);
    }
    free(pool->loaded);
    free(pool);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

static bool make_room(ta_site_pool *pool) {
    if (pool->module_count < pool->module_room)
        return true;
    uint32_t room = pool->module_room ? pool->module_room * 2 : 64;
    ta_module *loaded = realloc(pool->loaded, room * sizeof *loaded);
    if (!loaded)
        return false;
    pool->loaded = loaded;
    pool->module_room = room;
    return true;
}

static void identify(const ta_module *from, pooled_module *module) {
    memset(module, 0, sizeof *module);
    memcpy(module->identity, from->path, TA_LEDGER_MODULE_PATH_MAX - 1);
    memcpy(module->identity + TA_LEDGER_MODULE_PATH_MAX, from->build_id, TA_LEDGER_BUILD_ID_MAX);
}

/* The pool's number of a module, from 1; 0 when there are too many. False without memory. */
static bool module_number(ta_site_pool *pool, const ta_module *from, uint32_t *number) {
    pooled_module wanted, *module;
    identify(from, &wanted);
    HASH_FIND(hh, pool->modules, wanted.identity, sizeof wanted.identity, module);
    *number = module ? module->number : 0;
    if (module || pool->module_count == MODULES_MAX)
        return true;
    module = make_room(pool) ? malloc(sizeof *module) : NULL;
    if (!module)
        return false;
    *module = wanted;
    pool->loaded[pool->module_count] = *from;
    pool->loaded[pool->module_count].load_bias = 0;
    *number = module->number = ++pool->module_count;
    HASH_ADD(hh, pool->modules, identity, sizeof module->identity, module);
    return true;
}

/* The place of a hot path among the pool's names; OUTSIDE when there are too many. */
static uint32_t name_number(ta_site_pool *pool, const char *name) {
    uint32_t i = 0;
    while (i < pool->name_count && strncmp(pool->names[i], name, TA_HOT_NAME_MAX - 1) != 0)
        i++;
    if (i == TA_RESULT_HOT_PATHS_MAX)
        return OUTSIDE;
    if (i == pool->name_count)
        memcpy(pool->names[pool->name_count++], name, TA_HOT_NAME_MAX - 1);
    return i;
}

/* What numbers of a ledger are in the pool. */
typedef struct translation {
    const ta_ledger *ledger;
    uint32_t modules[TA_LEDGER_MODULES_MAX + 1];
    uint32_t names[TA_LEDGER_HOT_PATHS_MAX];
} translation;

static bool translate(ta_site_pool *pool, const ta_ledger *ledger, translation *t) {
    const ta_module *modules = ta_ledger_modules(ledger);
    const ta_hot_path *paths = ta_ledger_hot_paths(ledger);
    *t = (translation){.ledger = ledger};
    for (unsigned i = 0; i < TA_LEDGER_MODULES_MAX && modules[i].state != TA_ENTRY_FREE; i++) {
        if (modules[i].state == TA_ENTRY_READY &&
            !module_number(pool, &modules[i], &t->modules[i + 1]))
            return false;
    }
    bool any = ledger->hot_path_count > 0; /* else the table was never touched */
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++)
        t->names[i] =
            any && paths[i].state == TA_ENTRY_READY ? name_number(pool, paths[i].name) : OUTSIDE;
    return true;
}

/* The auditor's own frames stand between a caller and what it watches: they are left out. */
static void take_frames(const translation *t, const ta_site_record *record, site_key *key) {
    const uint64_t *frames = ta_ledger_frames(t->ledger) + record->frames_at;
    const ta_module *modules = ta_ledger_modules(t->ledger);
    key->depth = 0;
    for (unsigned i = 0; i < record->depth; i++) {
        unsigned number = ta_frame_module(frames[i]);
        if (number && number == t->ledger->auditor)
            continue;
        uint32_t pooled = number <= TA_LEDGER_MODULES_MAX ? t->modules[number] : 0;
        uint64_t address = ta_frame_address(frames[i]);
        if (pooled)
            address -= modules[number - 1].load_bias;
        key->frames[key->depth++] = ta_frame_pack(address, pooled);
    }
}

static size_t key_bytes(const site_key *key) {
    return offsetof(site_key, frames) + key->depth * sizeof key->frames[0];
}

static void make_key(const translation *t, const ta_site_record *record, site_key *key) {
    memset(key, 0, offsetof(site_key, frames));
    key->hot_path = record->hot_path < TA_LEDGER_HOT_PATHS_MAX    ? t->names[record->hot_path]
                    : record->hot_path == TA_LEDGER_SITE_OF_FAULT ? OF_FAULT
                                                                  : OUTSIDE;
    for (unsigned i = 0; i < TA_LEDGER_HOT_PATHS_MAX; i++) {
        if ((record->within.bits[i / 64] >> i % 64 & 1) && t->names[i] != OUTSIDE)
            key->within[t->names[i] / 64] |= UINT64_C(1) << t->names[i] % 64;
    }
    take_frames(t, record, key);
}

static pooled_site *find_or_make(ta_site_pool *pool, const site_key *key) {
    size_t bytes = key_bytes(key);
    pooled_site *site;
    HASH_FIND(hh, pool->sites, key, bytes, site);
    if (site)
        return site;
    site = calloc(1, offsetof(pooled_site, key) + bytes);
    if (!site)
        return NULL;
    memcpy(&site->key, key, bytes);
    HASH_ADD_KEYPTR(hh, pool->sites, &site->key, bytes, site);
    *pool->end = site;
    pool->end = &site->next;
    pool->site_count++;
    return site;
}

static void add_figures(const ta_ledger *ledger, const ta_site_record *record, ta_site *site) {
    ta_tally_sum in_ticks = ta_ledger_tally(ledger, &record->in_ticks);
    site->allocs += record->allocs;
    site->bytes += record->bytes;
    site->tick_allocs += in_ticks.allocs;
    site->tick_bytes += in_ticks.bytes;
    site->ticks += in_ticks.ticks;
    site->in_worst_tick += in_ticks.in_worst;
    if (record->phase > 0 && record->phase <= TA_RESULT_PHASES_MAX) {
        site->allocs_by_phase[record->phase - 1] += record->allocs;
        site->bytes_by_phase[record->phase - 1] += record->bytes;
    }
    if (in_ticks.first_tick && (!site->first_tick || in_ticks.first_tick < site->first_tick))
        site->first_tick = in_ticks.first_tick;
    if (in_ticks.worst_allocs > site->worst_tick_allocs) {
        site->worst_tick_allocs = in_ticks.worst_allocs;
        site->worst_tick = in_ticks.worst_tick;
    }
}

/* The numbers come from a process that may have been killed, or have written over them. */
static bool is_whole(const ta_ledger *ledger, const ta_site_record *record) {
    return record->state == TA_ENTRY_READY && record->depth > 0 &&
           record->depth <= TA_LEDGER_STACK_MAX && record->frames_at <= ledger->frames_max &&
           record->depth <= ledger->frames_max - record->frames_at;
}

bool ta_site_pool_add(ta_site_pool *pool, const ta_ledger *ledger) {
    uint64_t count = ta_ledger_site_count(ledger);
    const ta_site_record *records = ta_ledger_sites(ledger);
    translation t;
    if (count == 0)
        return true;
    if (!translate(pool, ledger, &t))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        site_key key;
        if (!is_whole(ledger, &records[i]))
            continue;
        make_key(&t, &records[i], &key);
        pooled_site *site = find_or_make(pool, &key);
        if (!site)
            return false;
        add_figures(ledger, &records[i], &site->figures);
    }
    return true;
}

/* ---- into a result ---- */

/* Room for the frames of one more stack; false without memory. */
static bool make_stack_room(ta_result *result, uint32_t *room) {
    if (*room - result->stack_words >= TA_RESULT_STACK_MAX)
        return true;
    uint32_t wanted = *room * 2 + TA_RESULT_STACK_MAX;
    uint32_t *stacks = realloc(result->stacks, wanted * sizeof *stacks);
    if (!stacks)
        return false;
    result->stacks = stacks;
    *room = wanted;
    return true;
}

static void name_paths(const ta_site_pool *pool, const site_key *key, const ta_result *result,
                       ta_site *site) {
    if (key->hot_path < pool->name_count)
        memcpy(site->hot_path, pool->names[key->hot_path], sizeof site->hot_path);
    if (key->hot_path == OF_FAULT)
        memcpy(site->hot_path, TA_SITE_OF_FAULT, sizeof TA_SITE_OF_FAULT);
    for (uint32_t i = 0; i < pool->name_count; i++) {
        if (!(key->within[i / 64] >> i % 64 & 1))
            continue;
        for (uint32_t path = 0; path < result->hot_path_count; path++) {
            if (strcmp(result->hot_paths[path].name, pool->names[i]) == 0)
                ta_site_add_path(site, path);
        }
    }
}

static bool resolve_one(const ta_site_pool *pool, const pooled_site *from, ta_symbols *symbols,
                        ta_result *result) {
    ta_site *site = &result->sites[result->site_count++];
    *site = from->figures;
    name_paths(pool, &from->key, result, site);
    site->stack_at = result->stack_words;
    for (unsigned i = 0; i < from->key.depth; i++) {
        uint32_t first, count;
        if (!ta_symbols_frames(symbols, from->key.frames[i], result, &first, &count))
            return false;
        for (uint32_t f = 0; f < count && site->frame_count < TA_RESULT_STACK_MAX; f++)
            result->stacks[site->stack_at + site->frame_count++] = first + f;
    }
    result->stack_words += site->frame_count;
    return true;
}

static bool resolve(const ta_site_pool *pool, ta_result *result) {
    uint32_t room = 0;
    result->sites = calloc(pool->site_count + 1, sizeof *result->sites);
    if (!result->sites || pool->site_count == 0)
        return result->sites != NULL;
    ta_symbols *symbols = ta_symbols_open(pool->loaded, pool->module_count);
    bool good = symbols != NULL;
    for (const pooled_site *site = pool->first; good && site; site = site->next)
        good = make_stack_room(result, &room) && resolve_one(pool, site, symbols, result);
    if (symbols)
        ta_symbols_close(symbols);
    return good;
}

ta_status ta_site_pool_resolve(const ta_site_pool *pool, ta_result *result) {
    if (!resolve(pool, result))
        return ta_status_make(TA_INTERNAL, "no memory for %u sites", pool->site_count);
    ta_sites_sort(result);
    return ta_status_ok();
}
