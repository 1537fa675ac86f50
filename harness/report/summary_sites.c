#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "figure_text.h"
#include "frame_text.h"
#include "site_tree.h"
#include "summary_blocks.h"

enum {
    ROOTS_SHOWN = 10,
    LEVELS_SHOWN = 6, /* below a root */
    BRANCHES_SHOWN = 3,
    LINES_SHOWN = 54, /* of all roots; a long head takes one more */
    ROOT_LINES = 12,  /* of one root, while there are others */
    SMALL_SHARE = 20, /* callers with less than one in so many of their root's are summed up */
    INDENT = 6,
    PREFIX_MAX = INDENT + 3 * BRANCHES_SHOWN + 1
};

/* What is printed of one root. */
typedef struct drawing {
    const ta_page *page;
    const ta_site_tree *tree;
    uint64_t small; /* weights below it are summed up */
    const char *estimate;
} drawing;

/* What a root's sites sum up to. */
typedef struct root_sum {
    uint64_t allocs, bytes, tick_allocs, tick_bytes;
    uint64_t ticks, worst_tick, worst_tick_allocs;
    bool ticks_exact, worst_exact; /* else at least so many */
    bool estimated;
    const char *hot_path; /* the one of most allocations; NULL: none */
    bool several_hot_paths, outside_hot_paths;
    const char *through;
} root_sum;

static uint64_t ticks_of(const ta_result *r) {
    return r->whole.known[TA_METRIC_ticks] ? (uint64_t)r->whole.value[TA_METRIC_ticks]
                                           : r->tick_count;
}

/* Two sites may have allocated in the same ticks or in others. What is surely true is kept. */
static void add_ticks(root_sum *sum, const ta_site *site, uint64_t ticks) {
    if (site->tick_allocs == 0)
        return;
    bool first = sum->ticks == 0;
    if (site->ticks > sum->ticks)
        sum->ticks = site->ticks;
    sum->ticks_exact = first || sum->ticks == ticks;
    if (site->worst_tick_allocs > sum->worst_tick_allocs ||
        (site->worst_tick_allocs == sum->worst_tick_allocs && site->worst_tick < sum->worst_tick)) {
        sum->worst_tick_allocs = site->worst_tick_allocs;
        sum->worst_tick = site->worst_tick;
    }
}

/* The worst tick of the worst site, with what the others are known to have had in it. */
static void add_up_worst(root_sum *sum, const ta_site_tree *tree, const ta_site_node *root) {
    sum->worst_tick_allocs = 0;
    for (uint32_t i = root->first_path; i < root->first_path + root->path_count; i++) {
        const ta_site *site = tree->paths[i].site;
        if (site->tick_allocs && site->worst_tick == sum->worst_tick)
            sum->worst_tick_allocs += site->worst_tick_allocs;
        else if (site->tick_allocs)
            sum->worst_exact = false;
    }
}

static root_sum sum_up(const ta_site_tree *tree, const ta_site_node *root) {
    root_sum sum = {.through = "", .worst_exact = true};
    uint64_t hot_most = 0, through_most = 0, ticks = ticks_of(tree->result);
    bool sample = strncmp(tree->result->stacks_of, "sample:", 7) == 0;
    for (uint32_t i = root->first_path; i < root->first_path + root->path_count; i++) {
        const ta_site_path *path = &tree->paths[i];
        const ta_site *site = path->site;
        sum.allocs += site->allocs;
        sum.bytes += site->bytes;
        sum.tick_allocs += site->tick_allocs;
        sum.tick_bytes += site->tick_bytes;
        sum.estimated |= sample && !*site->hot_path;
        add_ticks(&sum, site, ticks);
        sum.outside_hot_paths |= !*site->hot_path;
        sum.several_hot_paths |=
            sum.hot_path && *site->hot_path && strcmp(site->hot_path, sum.hot_path) != 0;
        if (site->allocs > hot_most && *site->hot_path) {
            hot_most = site->allocs;
            sum.hot_path = site->hot_path;
        }
        const char *through = ta_site_path_through(tree, path);
        if (*through && site->allocs > through_most) {
            through_most = site->allocs;
            sum.through = through;
        }
    }
    add_up_worst(&sum, tree, root);
    return sum;
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

/* "in 99 of 100 ticks, most in tick 57 (44)"; the worst tick only where all of its
 * sites agree on it: else it would change from run to run. */
static void print_ticks_words(FILE *out, const root_sum *sum, uint64_t ticks) {
    if (sum->ticks == ticks && sum->ticks_exact)
        (void)fprintf(out, ", in each of %s ticks", ta_count_text(ticks).text);
    else
        (void)fprintf(out, ", in %s%s of %s ticks", sum->ticks_exact ? "" : "at least ",
                      ta_count_text(sum->ticks).text, ta_count_text(ticks).text);
    ta_figure_text worst = ta_count_text(sum->worst_tick_allocs),
                   tick = ta_count_text(sum->worst_tick);
    if (sum->worst_exact)
        (void)fprintf(out, ", most in tick %s (%s)", tick.text, worst.text);
}

/* The numbers of a root in words; NULL without memory. */
static char *head_text(const drawing *d, const root_sum *sum) {
    char *text = NULL;
    size_t size;
    uint64_t ticks = ticks_of(d->page->result);
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    uint64_t outside = sum->allocs - sum->tick_allocs;
    if (d->tree->by_ticks && sum->tick_allocs) {
        double rate = (double)sum->tick_allocs / (double)ticks;
        (void)fprintf(out, "%s%s in ticks (%s%s per tick), %s%s", d->estimate,
                      ta_count_text(sum->tick_allocs).text, d->estimate,
                      ta_number_text(rate, rate < 1 ? 3 : 1).text, d->estimate,
                      ta_bytes_text((double)sum->tick_bytes).text);
        if (!sum->estimated && d->page->result->process_count < 2) /* ticks of several programs */
            print_ticks_words(out, sum, ticks);
        if (outside)
            (void)fprintf(out, "; + %s%s outside of ticks", d->estimate,
                          ta_count_text(outside).text);
    } else {
        (void)fprintf(out, "%s%s allocation%s%s, %s%s", d->estimate,
                      ta_count_text(sum->allocs).text, plural(sum->allocs),
                      d->tree->by_ticks ? " outside of ticks" : "", d->estimate,
                      ta_bytes_text((double)sum->bytes).text);
    }
    if (sum->hot_path)
        (void)fprintf(out, "; %sin hot path %s%s", sum->outside_hot_paths ? "partly " : "",
                      ta_ascii(sum->hot_path).text, sum->several_hot_paths ? " and others" : "");
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static void put_frame(const drawing *d, const ta_site_node *node, unsigned column,
                      const char *through) {
    ta_print_frame(d->page->out, &d->tree->result->frames[node->frame],
                   (ta_frame_style){.column = column,
                                    .width = d->page->style.width,
                                    .recursive = node->recursive,
                                    .through = through});
}

/* The children that get lines of their own, and the rest of them. */
typedef struct share {
    uint32_t shown, hidden;
    uint64_t hidden_weight;
} share;

static share share_out(const drawing *d, uint32_t node, unsigned level, unsigned branches,
                       unsigned lines) {
    const ta_site_node *nodes = d->tree->nodes;
    share s = {0};
    uint32_t count = 0, large = 0;
    for (uint32_t child = nodes[node].first_child; child; child = nodes[child].next, count++)
        large += nodes[child].weight >= d->small;
    if (level >= LEVELS_SHOWN || lines == 0 || count == 0)
        return s;
    bool chain = count == 1;
    if (!chain && (branches >= BRANCHES_SHOWN || lines < 2))
        return s;
    uint32_t room = large < count ? lines - 1 : lines;
    s.shown = chain ? 1 : large <= room ? large : lines - 1;
    uint32_t i = 0;
    for (uint32_t child = nodes[node].first_child; child; child = nodes[child].next) {
        if (i++ >= s.shown)
            s.hidden_weight += nodes[child].weight;
    }
    s.hidden = count - s.shown;
    return s;
}

static void print_hidden(const drawing *d, const char *prefix, const share *s) {
    (void)fprintf(d->page->out, "%s%s... %s more caller%s", prefix, s->shown ? "`- " : "",
                  ta_count_text(s->hidden).text, plural(s->hidden));
    if (s->hidden_weight)
        (void)fprintf(d->page->out, " (%s%s allocation%s)", d->estimate,
                      ta_count_text(s->hidden_weight).text, plural(s->hidden_weight));
    else if (d->tree->by_ticks)
        (void)fputs(" (outside of ticks)", d->page->out);
    (void)fputc('\n', d->page->out);
}

/* A child's part of the lines that are left: by its weight among those that are still to come. */
static unsigned part_of(unsigned lines, uint64_t weight, uint64_t weight_left) {
    double part = weight_left ? (double)weight / (double)weight_left : 1;
    return (unsigned)(part * lines + 0.5);
}

/* Prints the callers of a node in at most `lines` lines; how many were printed. What calls alone
 * stands below in the same column, so that depth costs no width. */
static unsigned print_callers(const drawing *d, uint32_t node, const char *prefix, unsigned level,
                              unsigned branches, unsigned lines) {
    const ta_site_node *nodes = d->tree->nodes;
    share s = share_out(d, node, level, branches, lines);
    unsigned printed = 0, index = 0;
    uint64_t weight_left = 0;
    for (uint32_t i = 0, child = nodes[node].first_child; i < s.shown;
         child = nodes[child].next, i++)
        weight_left += nodes[child].weight;
    bool branch = s.shown + (s.hidden > 0) > 1;
    for (uint32_t child = nodes[node].first_child; index < s.shown;
         child = nodes[child].next, index++) {
        bool last = index + 1 == s.shown && !s.hidden;
        char deeper[PREFIX_MAX + 4];
        ta_figure_text count = {""};
        if (nodes[child].weight != nodes[node].weight)
            (void)snprintf(count.text, sizeof count.text, "%s%.40s ", d->estimate,
                           ta_count_text(nodes[child].weight).text);
        int used = fprintf(d->page->out, "%s%s%sby ", prefix, branch ? last ? "`- " : "|- " : "",
                           count.text);
        put_frame(d, &nodes[child], used > 0 ? (unsigned)used : 0, "");
        (void)snprintf(deeper, sizeof deeper, "%.*s%s", PREFIX_MAX, prefix,
                       branch ? last ? "   " : "|  " : "");
        printed++;
        unsigned kept = s.shown - index - 1 + (s.hidden > 0); /* a line for each that follows */
        unsigned fair = part_of(lines - printed - kept, nodes[child].weight, weight_left);
        weight_left -= nodes[child].weight;
        printed += print_callers(d, child, deeper, level + 1, branches + branch, fair);
    }
    if (s.hidden) {
        print_hidden(d, prefix, &s);
        printed++;
    }
    return printed;
}

static unsigned print_root(drawing *d, uint32_t root, unsigned number, unsigned lines) {
    const ta_site_node *node = &d->tree->nodes[root];
    root_sum sum = sum_up(d->tree, node);
    d->small = (node->weight + SMALL_SHARE - 1) / SMALL_SHARE;
    d->small += d->small == 0; /* what is outside of ticks has no weight */
    d->estimate = sum.estimated ? "~" : "";
    char *head = head_text(d, &sum);
    (void)fprintf(d->page->out, "  %2u. ", number);
    ta_print_wrapped(d->page->out, head ? head : "(no memory to tell)", INDENT, INDENT,
                     d->page->style.width);
    free(head);
    (void)fprintf(d->page->out, "%*s", INDENT, "");
    put_frame(d, node, INDENT, sum.through);
    return 2 + print_callers(d, root, "      ", 0, 0, lines - 2);
}

/* A root is worth its lines while it has one in a hundred, or hardly any came before it. */
static uint32_t roots_shown(const ta_site_tree *tree) {
    enum { ALWAYS = 3, TINY_SHARE = 100 };
    uint32_t shown = 0;
    for (uint32_t node = tree->nodes[0].first_child; node && shown < ROOTS_SHOWN;
         node = tree->nodes[node].next, shown++) {
        if (shown >= ALWAYS && tree->nodes[node].weight < tree->nodes[0].weight / TINY_SHARE)
            break;
    }
    return shown;
}

static void print_rest(const ta_page *page, const ta_site_tree *tree, uint32_t node) {
    uint64_t count = 0, weight = 0;
    for (; node; node = tree->nodes[node].next, count++)
        weight += tree->nodes[node].weight;
    if (!count)
        return;
    (void)fprintf(page->out, "  ... %s more place%s (", ta_count_text(count).text, plural(count));
    if (weight)
        (void)fprintf(page->out, "%s%s allocation%s%s)\n",
                      strncmp(page->result->stacks_of, "sample:", 7) == 0 ? "~" : "",
                      ta_count_text(weight).text, plural(weight),
                      tree->by_ticks ? " in ticks" : "");
    else
        (void)fputs("outside of ticks)\n", page->out);
}

static void print_tree(const ta_page *page, const ta_site_tree *tree) {
    enum { ROOT_LEAST = 4 };
    uint32_t shown = roots_shown(tree), node = tree->nodes[0].first_child;
    unsigned left = LINES_SHOWN, most = shown <= 3 ? 2 * ROOT_LINES : ROOT_LINES;
    const char *stacks = page->result->stacks_of;
    (void)fprintf(page->out, "  Where%s, the worst first; callers below%s\n",
                  strcmp(stacks, "hot") == 0 ? " hot paths allocate" : " it allocates",
                  strncmp(stacks, "sample:", 7) == 0 ? "; ~ is estimated" : "");
    drawing d = {.page = page, .tree = tree};
    for (uint32_t i = 0; i < shown; i++, node = tree->nodes[node].next) {
        unsigned lines = left - ROOT_LEAST * (shown - i - 1);
        left -= print_root(&d, node, i + 1, lines < most ? lines : most);
    }
    print_rest(page, tree, node);
}

/* Whether a program allocated where it should not, and nobody asked for stacks. */
static bool lacks_stacks(const ta_result *r) {
    if (r->site_count || *r->scenario_path || !*r->workload || strcmp(r->stacks_of, "hot") != 0)
        return false;
    for (uint32_t i = 0; i < r->hot_path_count; i++) {
        if (r->hot_paths[i].entries || r->hot_paths[i].by_stack)
            return false;
    }
    ta_metric most = TA_METRIC_allocs_per_tick_max;
    return r->whole.known[most] ? r->whole.value[most] > 0 : r->totals.allocs > 0;
}

void ta_page_sites(const ta_page *page) {
    if (lacks_stacks(page->result))
        (void)fputs("  Where: `tickaudit exec --stacks all` shows the lines that allocate\n",
                    page->out);
    if (!page->result->site_count)
        return;
    ta_site_tree *tree = ta_site_tree_new(page->result);
    if (tree && tree->path_count)
        print_tree(page, tree);
    else if (!tree)
        (void)fputs("  (no memory to show where)\n", page->out);
    ta_site_tree_free(tree);
}
