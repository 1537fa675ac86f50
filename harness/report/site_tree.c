#include "site_tree.h"

#include <stdlib.h>
#include <string.h>

#include "site_frames.h"

#define NO_FRAME UINT32_MAX

static uint32_t frame_at(const ta_site_path *path, uint32_t depth) {
    return path->start + depth < path->count
               ? path->frames[path->start + depth] & ~TA_SITE_FRAME_RECURSIVE
               : NO_FRAME;
}

static uint64_t weight_of(const ta_site_tree *tree, const ta_site_path *path) {
    return tree->by_ticks ? path->site->tick_allocs : path->site->allocs;
}

/* One tick is the whole run, or tells no more than it. */
static bool has_ticks(const ta_result *result) {
    double ticks = result->whole.known[TA_METRIC_ticks] ? result->whole.value[TA_METRIC_ticks]
                                                        : (double)result->tick_count;
    for (uint32_t i = 0; ticks > 1 && i < result->site_count; i++) {
        if (result->sites[i].tick_allocs && !result->sites[i].suppressed_by)
            return true;
    }
    return false;
}

static int by_text(const void *a, const void *b) {
    const ta_frame *x = *(const ta_frame *const *)a, *y = *(const ta_frame *const *)b;
    int order = ta_frame_compare(x, y);
    return order != 0 ? order : x < y ? -1 : x > y;
}

/* Frames are kept by address; of those that read the same, the first stands for all. */
static bool find_places(ta_site_tree *tree) {
    const ta_result *r = tree->result;
    const ta_frame **sorted = calloc((size_t)r->frame_count + 1, sizeof(void *));
    if (!sorted)
        return false;
    for (uint32_t i = 0; i < r->frame_count; i++)
        sorted[i] = &r->frames[i];
    qsort(sorted, r->frame_count, sizeof(void *), by_text);
    for (uint32_t i = 0, first = 0; i < r->frame_count; i++) {
        if (ta_frame_compare(sorted[first], sorted[i]) != 0)
            first = i;
        tree->places[sorted[i] - r->frames] = (uint32_t)(sorted[first] - r->frames);
    }
    free(sorted);
    return true;
}

static void make_paths(ta_site_tree *tree) {
    const ta_result *r = tree->result;
    uint32_t *room = tree->frames;
    for (uint32_t i = 0; i < r->site_count; i++) {
        const ta_site *site = &r->sites[i];
        if (site->frame_count == 0 || site->suppressed_by)
            continue;
        for (uint32_t f = 0; f < site->frame_count; f++)
            room[f] = tree->places[r->stacks[site->stack_at + f]];
        uint32_t count = ta_frames_fold(r, room, site->frame_count);
        tree->paths[tree->path_count++] =
            (ta_site_path){site, room, count, ta_frames_start(r, room, count)};
        room += count;
    }
}

static int by_frames(const void *a, const void *b) {
    const ta_site_path *x = a, *y = b;
    for (uint32_t depth = 0;; depth++) {
        uint32_t left = frame_at(x, depth), right = frame_at(y, depth);
        if (left != right)
            return left < right ? -1 : 1;
        if (left == NO_FRAME)
            return x->site < y->site ? -1 : x->site > y->site;
    }
}

/* How many of the paths from `first` on have the same frame at `depth`; adds up their weights. */
static uint32_t group(const ta_site_tree *tree, uint32_t first, uint32_t end, uint32_t depth,
                      uint64_t *weight) {
    uint32_t i = first;
    *weight = 0;
    for (; i < end && frame_at(&tree->paths[i], depth) == frame_at(&tree->paths[first], depth); i++)
        *weight += weight_of(tree, &tree->paths[i]);
    return i - first;
}

/* How many callers are what makes a function one that all the world calls; none of them may have
 * more than a share of its allocations. The reader's own lines are passed over with more doubt. */
typedef struct spread_rule {
    uint32_t callers;
    uint64_t share; /* one in so many of the allocations of all */
    uint64_t most;  /* one in so many of its own allocations, for a caller */
} spread_rule;

static spread_rule rule_for(const ta_site_tree *tree, const ta_site_path *path, uint32_t depth) {
    const ta_frame *frame = &tree->result->frames[frame_at(path, depth)];
    if (!ta_frame_is_own(frame))
        return (spread_rule){8, 10, 2};
    if (ta_frame_is_allocator(frame))
        return (spread_rule){4, 10, 2};
    for (uint32_t i = 0; i < path->start; i++) {
        if (ta_frame_is_own(&tree->result->frames[path->frames[i] & ~TA_SITE_FRAME_RECURSIVE]))
            return (spread_rule){UINT32_MAX, 1, 4}; /* one is enough */
    }
    return (spread_rule){16, 4, 4};
}

/* Whether the paths, which share their frames up to `depth`, come from all over the program there,
 * or do so behind a single caller. */
static bool is_spread(const ta_site_tree *tree, uint32_t first, uint32_t end, uint32_t depth,
                      uint64_t all) {
    enum { DEPTH_MAX = 3 };
    const ta_frame *frame = &tree->result->frames[frame_at(&tree->paths[first], depth)];
    spread_rule rule = rule_for(tree, &tree->paths[first], depth);
    uint64_t weight = 0, most = 0, one;
    uint32_t callers = 0, heaviest = first, heaviest_end = first;
    for (uint32_t i = first, count; i < end; i += count, callers++) {
        count = group(tree, i, end, depth + 1, &one);
        weight += one;
        if (one > most) {
            most = one;
            heaviest = i;
            heaviest_end = i + count;
        }
    }
    if (weight < all / rule.share || frame_at(&tree->paths[heaviest], depth + 1) == NO_FRAME)
        return false;
    if (callers >= rule.callers && most <= weight / rule.most)
        return true;
    return depth < DEPTH_MAX && !ta_frame_is_own(frame) && most > weight / 2 &&
           is_spread(tree, heaviest, heaviest_end, depth + 1, all);
}

/* Moves the roots outwards where what they call is everybody's. True when one moved. */
static bool pass_over(ta_site_tree *tree, uint64_t all) {
    bool moved = false;
    uint64_t weight;
    qsort(tree->paths, tree->path_count, sizeof *tree->paths, by_frames);
    for (uint32_t i = 0, count; i < tree->path_count; i += count) {
        count = group(tree, i, tree->path_count, 0, &weight);
        if (!is_spread(tree, i, i + count, 0, all))
            continue;
        for (uint32_t p = i; p < i + count; p++) {
            if (frame_at(&tree->paths[p], 1) != NO_FRAME) {
                tree->paths[p].start++;
                moved = true;
            }
        }
    }
    return moved;
}

static void find_roots(ta_site_tree *tree) {
    enum { ROUNDS = 5 };
    uint64_t all = 0;
    for (uint32_t i = 0; i < tree->path_count; i++)
        all += weight_of(tree, &tree->paths[i]);
    for (int round = 0; round < ROUNDS && all > 0; round++) {
        if (!pass_over(tree, all))
            break;
    }
    qsort(tree->paths, tree->path_count, sizeof *tree->paths, by_frames);
}

/* Equals by their names, so that two runs read the same: the order of frames differs. */
static bool goes_before(const ta_site_tree *tree, const ta_site_node *a, const ta_site_node *b) {
    if (a->weight != b->weight)
        return a->weight > b->weight;
    return ta_frame_compare(&tree->result->frames[a->frame], &tree->result->frames[b->frame]) < 0;
}

/* Puts a node among its siblings. */
static void insert(ta_site_tree *tree, uint32_t parent, uint32_t node) {
    uint32_t *link = &tree->nodes[parent].first_child;
    while (*link && !goes_before(tree, &tree->nodes[node], &tree->nodes[*link]))
        link = &tree->nodes[*link].next;
    tree->nodes[node].next = *link;
    *link = node;
}

/* The callers of a node whose frames lie at `depth` - 1. As deep as the deepest stack, which has
 * TA_RESULT_STACK_MAX frames. */
static void grow(ta_site_tree *tree, uint32_t parent, uint32_t depth) {
    uint32_t first = tree->nodes[parent].first_path, end = first + tree->nodes[parent].path_count;
    uint64_t weight;
    for (uint32_t i = first, count; i < end; i += count) {
        count = group(tree, i, end, depth, &weight);
        uint32_t frame = frame_at(&tree->paths[i], depth);
        if (frame == NO_FRAME)
            continue;
        uint32_t node = tree->node_count++;
        tree->nodes[node] =
            (ta_site_node){.frame = frame, .first_path = i, .path_count = count, .weight = weight};
        for (uint32_t p = i; p < i + count; p++) {
            const ta_site_path *path = &tree->paths[p];
            if (path->frames[path->start + depth] & TA_SITE_FRAME_RECURSIVE)
                tree->nodes[node].recursive = true;
        }
        insert(tree, parent, node);
        grow(tree, node, depth + 1);
    }
}

static bool build(ta_site_tree *tree) {
    if (!find_places(tree))
        return false;
    make_paths(tree);
    find_roots(tree);
    tree->nodes[0].path_count = tree->path_count;
    for (uint32_t i = 0; i < tree->path_count; i++)
        tree->nodes[0].weight += weight_of(tree, &tree->paths[i]);
    tree->node_count = 1;
    grow(tree, 0, 0);
    return true;
}

ta_site_tree *ta_site_tree_new(const ta_result *result) {
    ta_site_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return NULL;
    size_t words = 0;
    for (uint32_t i = 0; i < result->site_count; i++)
        words += result->sites[i].frame_count;
    tree->result = result;
    tree->by_ticks = has_ticks(result);
    tree->paths = calloc((size_t)result->site_count + 1, sizeof *tree->paths);
    tree->frames = calloc(words + 1, sizeof *tree->frames);
    tree->nodes = calloc(words + 1, sizeof *tree->nodes);
    tree->places = calloc((size_t)result->frame_count + 1, sizeof *tree->places);
    if (tree->paths && tree->frames && tree->nodes && tree->places && build(tree))
        return tree;
    ta_site_tree_free(tree);
    return NULL;
}

void ta_site_tree_free(ta_site_tree *tree) {
    if (!tree)
        return;
    free(tree->paths);
    free(tree->frames);
    free(tree->nodes);
    free(tree->places);
    free(tree);
}

const char *ta_site_path_through(const ta_site_tree *tree, const ta_site_path *path) {
    const ta_frame *through = ta_frames_through(tree->result, path->frames, path->start);
    return through ? through->function : "";
}
