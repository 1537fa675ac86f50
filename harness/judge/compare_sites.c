#include "compare_sites.h"

#include "site_keys.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [TA_SITE_NEW] = "new", [TA_SITE_GROWN] = "grown", [TA_SITE_GONE] = "gone"};

const char *ta_site_change_name(ta_site_change_kind kind) {
    return kind_names[kind];
}

typedef struct entry {
    const ta_result *result;
    const ta_site *site;
    ta_site_keys keys;
    uint64_t key; /* of the step that is under way; 0: it has none */
    bool matched;
} entry;

/* The sites of one run; `order` has those that are not matched yet, as the step wants them. */
typedef struct side {
    entry *entries;
    entry **order;
    size_t count, left;
    uint64_t named,
        nameless; /* sites with functions of the reader's own: with names, without any */
} side;

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t mixed = (a ^ (b << 32 | b >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed ^ mixed >> 29;
}

static uint64_t with_counts(uint64_t key, const ta_site *site) {
    return mix(mix(key, site->allocs), site->bytes);
}

static bool is_nameless(const entry *e) {
    return e->keys.has_own && !e->keys.has_names;
}

/* ---- the steps, from what is surely the same site to what may be it ---- */

static uint64_t same_places(const entry *e) {
    return e->keys.places;
}

static uint64_t same_stack_and_counts(const entry *e) {
    return with_counts(e->keys.functions, e->site);
}

static uint64_t same_own_and_counts(const entry *e) {
    return e->keys.has_own ? with_counts(e->keys.own_entry, e->site) : 0;
}

static uint64_t same_stack_and_lines(const entry *e) {
    return e->keys.lines ? mix(e->keys.functions, e->keys.lines) : 0;
}

static uint64_t same_lines(const entry *e) {
    return e->keys.lines ? mix(e->keys.own_entry, e->keys.lines) : 0;
}

static uint64_t same_line(const entry *e) {
    return e->keys.line ? mix(e->keys.own_entry, e->keys.line) : 0;
}

static uint64_t same_lines_whatever_is_called(const entry *e) {
    return e->keys.lines ? mix(e->keys.own, e->keys.lines) : 0;
}

static uint64_t same_stack(const entry *e) {
    return e->keys.functions;
}

static uint64_t same_own(const entry *e) {
    return e->keys.has_own ? e->keys.own_entry : 0;
}

typedef struct match_step {
    uint64_t (*key)(const entry *e);
    bool sums;     /* all sites of a key are one; else they are paired in the order of the code */
    bool nameless; /* of a stack without names too */
} match_step;

static const match_step steps[] = {
    {same_places, false, true},
    {same_stack_and_counts, false, false},
    {same_own_and_counts, false, false},
    {same_stack_and_lines, true, false},
    {same_lines, true, false},
    {same_line, false, false},
    {same_lines_whatever_is_called, true, false},
    {same_stack, false, false},
    {same_own, false, false},
};

/* The order of the code: that of the lines of the reader's own functions from the innermost out,
 * or of the offsets, where a line is not known. */
static int compare_frames(const ta_frame *x, const ta_frame *y) {
    uint64_t p = x->line && y->line ? x->line : x->function_offset;
    uint64_t q = x->line && y->line ? y->line : y->function_offset;
    return (p > q) - (p < q);
}

static int by_code(const entry *x, const entry *y) {
    uint32_t i = ta_site_next_own(x->result, x->site, 0);
    uint32_t j = ta_site_next_own(y->result, y->site, 0);
    while (i < x->site->frame_count && j < y->site->frame_count) {
        int order = compare_frames(ta_site_frame(x->result, x->site, i),
                                   ta_site_frame(y->result, y->site, j));
        if (order != 0)
            return order;
        i = ta_site_next_own(x->result, x->site, i + 1);
        j = ta_site_next_own(y->result, y->site, j + 1);
    }
    for (i = 0; i < x->site->frame_count && i < y->site->frame_count; i++) {
        uint64_t p = ta_site_frame(x->result, x->site, i)->function_offset;
        uint64_t q = ta_site_frame(y->result, y->site, i)->function_offset;
        if (p != q)
            return p < q ? -1 : 1;
    }
    return (x->site > y->site) - (x->site < y->site);
}

static int by_key(const void *a, const void *b) {
    const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return by_code(x, y);
}

/* ---- matching ---- */

static bool make_side(const ta_result *result, bool hot_only, side *s) {
    *s = (side){.entries = calloc((size_t)result->site_count + 1, sizeof *s->entries),
                .order = calloc((size_t)result->site_count + 1, sizeof(void *))};
    for (uint32_t i = 0; s->entries && i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (site->suppressed_by || (hot_only && !*site->hot_path))
            continue;
        entry *e = &s->entries[s->count++];
        *e = (entry){.result = result, .site = site, .keys = ta_site_keys_of(result, site)};
        s->nameless += is_nameless(e);
        s->named += e->keys.has_names;
    }
    return s->entries && s->order;
}

static void free_side(side *s) {
    free(s->entries);
    free(s->order);
}

/* What is left, in the order of the step's keys. */
static void put_in_order(side *s, const match_step *step) {
    s->left = 0;
    for (size_t i = 0; i < s->count; i++) {
        entry *e = &s->entries[i];
        e->key = step->nameless || !is_nameless(e) ? step->key(e) : 0;
        if (!e->matched && e->key)
            s->order[s->left++] = e;
    }
    qsort(s->order, s->left, sizeof(void *), by_key);
}

/* Sites of one key on both sides; none on one of them for what is new or gone. */
typedef struct group {
    entry **pre, **post;
    size_t pre_count, post_count;
} group;

static void add_up(entry **entries, size_t count, uint64_t *allocs, uint64_t *bytes) {
    for (size_t i = 0; i < count; i++) {
        *allocs += entries[i]->site->allocs;
        *bytes += entries[i]->site->bytes;
        entries[i]->matched = true;
    }
}

/* The site that stands for a group: that of most allocations after, or before when there is none.
 */
static const entry *shown_of(const group *g) {
    entry **entries = g->post_count ? g->post : g->pre;
    size_t count = g->post_count ? g->post_count : g->pre_count;
    const entry *most = entries[0];
    for (size_t i = 1; i < count; i++) {
        if (entries[i]->site->allocs > most->site->allocs)
            most = entries[i];
    }
    return most;
}

static void note(ta_site_changes *changes, const group *g) {
    const entry *shown = shown_of(g);
    ta_site_change change = {.kind = !g->pre_count    ? TA_SITE_NEW
                                     : !g->post_count ? TA_SITE_GONE
                                                      : TA_SITE_GROWN,
                             .result = shown->result,
                             .site = shown->site};
    add_up(g->pre, g->pre_count, &change.pre_allocs, &change.pre_bytes);
    add_up(g->post, g->post_count, &change.post_allocs, &change.post_bytes);
    bool fell = change.post_allocs <= change.pre_allocs && change.post_bytes <= change.pre_bytes;
    if (change.kind != TA_SITE_GROWN || !fell)
        changes->items[changes->count++] = change;
}

static size_t length_of(entry *const *order, size_t left) {
    size_t length = 1;
    while (length < left && order[length]->key == order[0]->key)
        length++;
    return length;
}

static void match_group(const group *g, bool sums, ta_site_changes *changes) {
    if (sums) {
        note(changes, g);
        return;
    }
    for (size_t i = 0; i < g->pre_count && i < g->post_count; i++)
        note(changes, &(group){g->pre + i, g->post + i, 1, 1});
}

static void match(side *pre, side *post, const match_step *step, ta_site_changes *changes) {
    put_in_order(pre, step);
    put_in_order(post, step);
    for (size_t i = 0, j = 0; i < pre->left && j < post->left;) {
        uint64_t before = pre->order[i]->key, after = post->order[j]->key;
        group g = {.pre = pre->order + i, .post = post->order + j};
        g.pre_count = length_of(g.pre, pre->left - i);
        g.post_count = length_of(g.post, post->left - j);
        if (before == after)
            match_group(&g, step->sums, changes);
        i += before <= after ? g.pre_count : 0;
        j += after <= before ? g.post_count : 0;
    }
}

/* What no step has matched is new or gone, but for that of a side without names, of which nothing
 * is known, and the other side's then neither. */
static void note_rest(side *s, bool is_post, bool unknown, ta_site_changes *changes) {
    ta_sites_unmatched *u = is_post ? &changes->post_unmatched : &changes->pre_unmatched;
    for (size_t i = 0; i < s->count; i++) {
        entry *e = &s->entries[i];
        if (e->matched)
            continue;
        if (unknown || is_nameless(e)) {
            u->sites++;
            add_up(&e, 1, &u->allocs, &u->bytes);
        } else {
            note(changes, is_post ? &(group){.post = &e, .post_count = 1}
                                  : &(group){.pre = &e, .pre_count = 1});
        }
    }
}

static bool is_stripped(const side *s) {
    return s->nameless && !s->named;
}

static void match_all(side *pre, side *post, ta_site_changes *changes) {
    bool unknown = is_stripped(pre) || is_stripped(post);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        match(pre, post, &steps[i], changes);
    note_rest(post, true, unknown, changes);
    note_rest(pre, false, unknown, changes);
}

static int most_important_first(const void *a, const void *b) {
    const ta_site_change *x = a, *y = b;
    bool x_hot = x->site->hot_path[0], y_hot = y->site->hot_path[0];
    if (x_hot != y_hot)
        return x_hot ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    uint64_t x_by = x->post_allocs > x->pre_allocs ? x->post_allocs - x->pre_allocs : x->pre_allocs;
    uint64_t y_by = y->post_allocs > y->pre_allocs ? y->post_allocs - y->pre_allocs : y->pre_allocs;
    if (x_by != y_by)
        return x_by > y_by ? -1 : 1;
    return (x->site > y->site) - (x->site < y->site);
}

ta_status ta_compare_sites(const ta_result *pre, const ta_result *post, ta_site_changes *changes) {
    *changes = (ta_site_changes){0};
    changes->compared =
        strcmp(pre->stacks_of, post->stacks_of) == 0 && strncmp(pre->stacks_of, "sample", 6) != 0;
    side before, after;
    bool good = make_side(pre, !changes->compared, &before);
    good = make_side(post, !changes->compared, &after) && good;
    changes->items = calloc((size_t)pre->site_count + post->site_count + 1, sizeof *changes->items);
    good = good && changes->items;
    if (good) {
        match_all(&before, &after, changes);
        qsort(changes->items, changes->count, sizeof *changes->items, most_important_first);
    }
    free_side(&before);
    free_side(&after);
    if (!good)
        ta_site_changes_free(changes);
    return good ? ta_status_ok() : ta_status_make(TA_INTERNAL, "no memory to compare the sites");
}

void ta_site_changes_free(ta_site_changes *changes) {
    free(changes->items);
    *changes = (ta_site_changes){0};
}
