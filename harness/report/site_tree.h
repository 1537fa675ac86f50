/* site_tree.h: the sites of a result, merged into trees of callers.
 *
 *     ta_site_tree *tree = ta_site_tree_new(result);
 *     for (uint32_t node = tree->nodes[0].first_child; node; node = tree->nodes[node].next)
 *         ... a root: a line of code that allocates; its children are its callers ...
 *     ta_site_tree_free(tree);
 *
 * A root is the innermost frame that the reader can do something about: allocators, the runtimes of
 * languages and what all the world calls are passed over. Allocates; any thread. */
#ifndef TA_REPORT_SITE_TREE_H
#define TA_REPORT_SITE_TREE_H

#include "frame_kind.h"

/* Node 0 stands above all roots and has no frame. Of siblings the heaviest comes first. */
typedef struct ta_site_node {
    uint32_t frame;      /* index into the result's frames */
    uint32_t first_path; /* into the paths: those that lead here */
    uint32_t path_count;
    uint32_t first_child, next; /* nodes; 0: none */
    uint64_t weight;
    bool recursive; /* repeats of it were folded into it */
} ta_site_node;

/* A site as the tree sees it. */
typedef struct ta_site_path {
    const ta_site *site;
    uint32_t *frames; /* innermost first; recursion is folded */
    uint32_t count;
    uint32_t start; /* the root's place among the frames; what lies before was passed over */
} ta_site_path;

typedef struct ta_site_tree {
    const ta_result *result;
    bool by_ticks; /* weights are allocations in ticks, else all */
    uint32_t path_count;
    ta_site_path *paths;
    uint32_t *frames; /* of all paths */
    uint32_t node_count;
    ta_site_node *nodes;
    uint32_t *places; /* of each frame the first one that reads the same */
} ta_site_tree;

#define TA_SITE_FRAME_RECURSIVE TA_FRAME_MARK /* a bit of a path's frames */

/* The result has to outlive the tree. NULL when there is no memory. */
ta_site_tree *ta_site_tree_new(const ta_result *result);
void ta_site_tree_free(ta_site_tree *tree);

/* What the code at the start of a path called to get its memory, as far as it has a name: "" when
 * nothing was passed over. */
const char *ta_site_path_through(const ta_site_tree *tree, const ta_site_path *path);

#endif
