/* Figures of a stretch: an unknown one is unknown and not zero, and none of them needs memory. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "figures.h"

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank over a sorted copy: the definition, word by word. */
static double p95_by_sorting(const ta_tick_record *ticks, uint64_t count) {
    uint64_t *sorted = calloc(count, sizeof *sorted);
    for (uint64_t i = 0; i < count; i++)
        sorted[i] = ticks[i].wall_ns;
    qsort(sorted, count, sizeof *sorted, compare_u64);
    double value = (double)sorted[(count * 95 + 99) / 100 - 1];
    free(sorted);
    return value / 1e6;
}

static void fill(ta_tick_record *ticks, uint64_t count, uint64_t modulo) {
    uint64_t x = count * 2654435761 + modulo;
    for (uint64_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        ticks[i].wall_ns = modulo ? x % modulo : x;
    }
}

Test(figures, p95_is_the_nearest_rank) {
    static ta_tick_record ticks[1000];
    static const uint64_t modulos[] = {1, 2, 7, 1000, 1000000, 0};
    for (uint64_t count = 1; count <= 1000; count += count < 50 ? 1 : 317) {
        for (unsigned m = 0; m < sizeof modulos / sizeof *modulos; m++) {
            ta_figures figures = {0};
            fill(ticks, count, modulos[m]);
            ta_figures_measure(&(ta_stretch){.ticks = ticks, .tick_count = count}, &figures);
            cr_expect(figures.known[TA_METRIC_p95_ms]);
            cr_expect_float_eq(figures.value[TA_METRIC_p95_ms], p95_by_sorting(ticks, count), 0,
                               "%lu of %lu", (unsigned long)count, (unsigned long)modulos[m]);
        }
    }
}

Test(figures, p95_is_known_when_there_is_no_memory_left) {
    enum { TICKS = 2000000 };
    size_t bytes = TICKS * sizeof(ta_tick_record);
    ta_tick_record *ticks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(ticks, MAP_FAILED);
    for (uint64_t i = 0; i < TICKS; i++)
        ticks[i].wall_ns = 5000000;
    struct rlimit before, none = {1 << 20, RLIM_INFINITY};
    getrlimit(RLIMIT_AS, &before);
    setrlimit(RLIMIT_AS, &none);
    ta_figures figures = {0};
    void *more = mmap(NULL, TICKS * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ta_figures_measure(&(ta_stretch){.ticks = ticks, .tick_count = TICKS}, &figures);
    setrlimit(RLIMIT_AS, &before);
    cr_assert_eq(more, MAP_FAILED, "the limit is not in force");
    cr_expect(figures.known[TA_METRIC_p95_ms]);
    cr_expect_float_eq(figures.value[TA_METRIC_p95_ms], 5, 0);
    munmap(ticks, bytes);
}

Test(figures, what_has_no_sample_is_unknown) {
    ta_figures figures = {0};
    ta_figures_measure(&(ta_stretch){0}, &figures);
    cr_expect_not(figures.known[TA_METRIC_p95_ms]);
    cr_expect_not(figures.known[TA_METRIC_allocs_per_tick_max]);
    cr_expect_not(figures.known[TA_METRIC_live_bytes_growth]);
    cr_expect(figures.known[TA_METRIC_allocs], "a count of nothing is a fact");
    ta_tick_record tick = {0};
    ta_figures_measure(&(ta_stretch){.ticks = &tick, .tick_count = 1}, &figures);
    cr_expect_not(figures.known[TA_METRIC_avg_fps], "a tick of no time has no rate");
}
