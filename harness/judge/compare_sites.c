#include "compare_sites.h"

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
    uint64_t functions; /* hash of the hot path and the functions of the stack */
    uint64_t places;    /* the same with the offsets in them */
    bool matched;
} entry;

static void add_bytes(uint64_t *hash, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211); /* FNV-1a */
}

static void add_text(uint64_t *hash, const char *text) {
    add_bytes(hash, text, strlen(text) + 1);
}

/* A frame without a name is known by its place alone. */
static void add_frame(entry *e, const ta_frame *frame) {
    const char *name = frame->function;
    if (!*name) {
        add_text(&e->functions, frame->module);
        add_text(&e->places, frame->module);
        add_bytes(&e->places, &frame->offset, sizeof frame->offset);
        return;
    }
    add_text(&e->functions, name);
    add_text(&e->places, name);
    add_bytes(&e->places, &frame->function_offset, sizeof frame->function_offset);
}

static int by_functions(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->functions != y->functions)
        return x->functions < y->functions ? -1 : 1;
    for (unsigned i = 0; i < x->site->frame_count && i < y->site->frame_count; i++) {
        uint64_t p = ta_site_frame(x->result, x->site, i)->function_offset;
        uint64_t q = ta_site_frame(y->result, y->site, i)->function_offset;
        if (p != q)
            return p < q ? -1 : 1;
    }
    return (x->site > y->site) - (x->site < y->site);
}

static entry *make_entries(const ta_result *result, bool hot_only, size_t *count) {
    entry *entries = calloc(result->site_count ? result->site_count : 1, sizeof *entries);
    *count = 0;
    for (uint32_t i = 0; entries && i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        if (site->suppressed_by || (hot_only && !*site->hot_path))
            continue;
        entry *e = &entries[(*count)++];
        *e = (entry){.result = result, .site = site, .functions = UINT64_C(14695981039346656037)};
        add_text(&e->functions, site->hot_path);
        e->places = e->functions;
        for (unsigned depth = 0; depth < site->frame_count; depth++)
            add_frame(e, ta_site_frame(result, site, depth));
    }
    if (entries)
        qsort(entries, *count, sizeof *entries, by_functions);
    return entries;
}

/* NULL: there is none on that side. */
static void note(ta_site_changes *changes, const entry *pre, const entry *post) {
    const entry *shown = post ? post : pre;
    if (!shown)
        return;
    uint64_t before = pre ? pre->site->allocs : 0, after = post ? post->site->allocs : 0;
    uint64_t bytes_before = pre ? pre->site->bytes : 0, bytes_after = post ? post->site->bytes : 0;
    if (pre && post && after <= before && bytes_after <= bytes_before)
        return;
    changes->items[changes->count++] = (ta_site_change){.kind = !pre    ? TA_SITE_NEW
                                                                : !post ? TA_SITE_GONE
                                                                        : TA_SITE_GROWN,
                                                        .result = shown->result,
                                                        .site = shown->site,
                                                        .pre_allocs = before,
                                                        .post_allocs = after,
                                                        .pre_bytes = bytes_before,
                                                        .post_bytes = bytes_after};
}

/* The sites of one chain of functions, on both sides. */
typedef struct group {
    entry *pre, *post;
    size_t pre_count, post_count;
} group;

static void pair_places(const group *g, ta_site_changes *changes, bool same_counts) {
    for (size_t i = 0; i < g->post_count; i++) {
        for (size_t j = 0; j < g->pre_count && !g->post[i].matched; j++) {
            entry *x = &g->pre[j], *y = &g->post[i];
            bool same = same_counts
                            ? x->site->allocs == y->site->allocs && x->site->bytes == y->site->bytes
                            : x->places == y->places;
            if (x->matched || !same)
                continue;
            x->matched = y->matched = true;
            note(changes, x, y);
        }
    }
}

/* What neither the places nor the counts tell apart, in the order of the code. */
static void pair_rest(const group *g, ta_site_changes *changes) {
    size_t j = 0;
    for (size_t i = 0; i < g->post_count; i++) {
        if (g->post[i].matched)
            continue;
        while (j < g->pre_count && g->pre[j].matched)
            j++;
        note(changes, j < g->pre_count ? &g->pre[j] : NULL, &g->post[i]);
        if (j < g->pre_count)
            g->pre[j].matched = true;
    }
    for (j = 0; j < g->pre_count; j++) {
        if (!g->pre[j].matched)
            note(changes, &g->pre[j], NULL);
    }
}

static size_t length_of(const entry *entries, size_t count, uint64_t functions) {
    size_t length = 0;
    while (length < count && entries[length].functions == functions)
        length++;
    return length;
}

static void pair_all(entry *pre, size_t pre_count, entry *post, size_t post_count,
                     ta_site_changes *changes) {
    for (size_t i = 0, j = 0; i < pre_count || j < post_count;) {
        bool from_pre = j == post_count || (i < pre_count && pre[i].functions < post[j].functions);
        uint64_t functions = from_pre ? pre[i].functions : post[j].functions;
        group g = {.pre = pre + i, .post = post + j};
        g.pre_count = length_of(g.pre, pre_count - i, functions);
        g.post_count = length_of(g.post, post_count - j, functions);
        pair_places(&g, changes, false);
        pair_places(&g, changes, true);
        pair_rest(&g, changes);
        i += g.pre_count;
        j += g.post_count;
    }
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
    size_t pre_count, post_count;
    entry *before = make_entries(pre, !changes->compared, &pre_count);
    entry *after = make_entries(post, !changes->compared, &post_count);
    changes->items = calloc((size_t)pre->site_count + post->site_count + 1, sizeof *changes->items);
    bool good = before && after && changes->items;
    if (good) {
        pair_all(before, pre_count, after, post_count, changes);
        qsort(changes->items, changes->count, sizeof *changes->items, most_important_first);
    }
    free(before);
    free(after);
    if (!good)
        ta_site_changes_free(changes);
    return good ? ta_status_ok() : ta_status_make(TA_INTERNAL, "no memory to compare the sites");
}

void ta_site_changes_free(ta_site_changes *changes) {
    free(changes->items);
    *changes = (ta_site_changes){0};
}
