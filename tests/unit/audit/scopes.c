/* Hot paths, allowed stretches and ticks. */
#include "audit_test.h"

#include <string.h>

static void expect_path(const audited *run, const char *name, uint64_t allocs, uint64_t bytes) {
    const ta_hot_path *path = audited_hot_path(run, name);
    cr_assert_not_null(path, "%s", name);
    cr_expect(path->allocs == allocs && path->bytes == bytes && path->frees == allocs,
              "%s: %s: %llu allocations, %llu bytes, %llu frees", run->ledger->allocator, name,
              (unsigned long long)path->allocs, (unsigned long long)path->bytes,
              (unsigned long long)path->frees);
}

Test(audit, an_allocation_counts_in_each_hot_path_around_it_once_up_to_an_allowed_stretch) {
    UNDER_BOTH("scopes", TA_LEDGER_TRACK_LIVE | TA_LEDGER_SITES, run) {
        expect_path(&run, "outer", 3, 210);
        expect_path(&run, "inner", 2, 200);
        expect_path(&run, "recursive", 6, 60);
        expect_path(&run, "excused", 1, 10);
        expect_path(&run, "strict", 5, 50);
        expect_path(&run, "deep", 1, 10);
        expect_path(&run, "by malloc", 1, 10);
        EXPECT(run, run.sum.hot_allocs, 3 + 6 + 6 + 1 + 1);
        EXPECT(run, run.sum.hot_frees, 3 + 6 + 6 + 1 + 1);
        EXPECT(run, audited_hot_path(&run, "recursive")->entries, 6);
    }
}

static const ta_allowed *find_allowed(const audited *run, const char *name) {
    const ta_allowed *table = ta_ledger_allowed(run->ledger);
    for (unsigned i = 0; i < TA_LEDGER_ALLOWED_MAX; i++) {
        if (table[i].state && strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

Test(audit, an_allowed_stretch_keeps_its_reason_and_counts_its_use) {
    UNDER_BOTH("scopes", 0, run) {
        const ta_allowed *pool = find_allowed(&run, "pool");
        cr_assert_not_null(pool);
        cr_expect_str_eq(pool->reason, "grows at times");
        EXPECT(run, pool->entries, 1);
        EXPECT(run, pool->allocs, 4);
        EXPECT(run, pool->bytes, 40);
    }
}

Test(audit, scopes_too_deep_or_closed_too_often_are_counted_as_lost) {
    UNDER_BOTH("scopes", 0, run) {
        EXPECT(run, run.ledger->lost.scopes, 3 + 1);
    }
}

/* Frame 0 of every site lies in the program itself: the auditor shows none of its own frames, and
 * none of the program's is missing. */
Test(audit, a_site_begins_with_the_line_that_called) {
    UNDER_BOTH("scopes", TA_LEDGER_SITES, run) {
        const ta_site_record *sites = ta_ledger_sites(run.ledger);
        const ta_module *modules = ta_ledger_modules(run.ledger);
        unsigned seen = 0;
        uint64_t allocs = 0;
        for (uint64_t i = 0; i < run.ledger->sites_max; i++) {
            if (!sites[i].state)
                continue;
            seen++;
            allocs += sites[i].allocs;
            uint64_t innermost = ta_ledger_frames(run.ledger)[sites[i].frames_at];
            const ta_module *in = &modules[ta_frame_module(innermost) - 1];
            cr_assert_neq(ta_frame_module(innermost), 0);
            cr_expect(in->begin <= ta_frame_address(innermost));
            cr_expect(ta_frame_address(innermost) < in->end);
            cr_expect_gt(in->build_id_bytes, 0);
            cr_expect(strstr(in->path, "subjects/scopes"), "frame 0 lies in \"%s\"", in->path);
            cr_expect_geq(sites[i].depth, 2); /* and its caller */
        }
        cr_expect_geq(seen, 7);
        EXPECT(run, allocs, run.sum.hot_allocs);
    }
}

/* What can be taken away from a hot path again, site by site, is all that it counted. */
Test(audit, sites_know_every_hot_path_that_they_count_for) {
    UNDER_BOTH("scopes", TA_LEDGER_SITES, run) {
        const ta_site_record *sites = ta_ledger_sites(run.ledger);
        const ta_hot_path *paths = ta_ledger_hot_paths(run.ledger);
        for (unsigned path = 0; path < TA_LEDGER_HOT_PATHS_MAX; path++) {
            uint64_t allocs = 0, bytes = 0;
            for (uint64_t i = 0; i < run.ledger->sites_max; i++) {
                bool within = sites[i].within.bits[path / 64] >> path % 64 & 1;
                allocs += within ? sites[i].allocs : 0;
                bytes += within ? sites[i].bytes : 0;
            }
            EXPECT(run, allocs, paths[path].allocs);
            EXPECT(run, bytes, paths[path].bytes);
        }
    }
}

Test(audit, hot_paths_beyond_the_table_are_lost_by_name_but_not_by_count) {
    UNDER_BOTH("names", TA_LEDGER_SITES, run) {
        EXPECT(run, run.sum.hot_allocs, 200);
        EXPECT(run, run.ledger->lost.names, 200 - TA_LEDGER_HOT_PATHS_MAX);
        expect_path(&run, "path 0", 1, 10);
    }
}

Test(audit, ticks_of_two_threads_and_ticks_within_ticks_are_lost_and_said_to_be) {
    UNDER_BOTH("ticks", TA_LEDGER_TRACK_LIVE, run) {
        const ta_tick_record *ticks = ta_ledger_ticks(run.ledger);
        EXPECT(run, ticks[0].own_allocs, 2 + 1 + 1);
        EXPECT(run, ticks[0].allocs, 4 + 3);
        EXPECT(run, ticks[0].frees, 4 + 3);
        EXPECT(run, ticks[0].bytes, 70);
        for (int i = 1; i < AUDITED_TICKS_MAX; i++)
            EXPECT(run, ticks[i].allocs, i % 3);
        EXPECT(run, run.ledger->ticks_done, 100);
        EXPECT(run, ta_ledger_tick_count(run.ledger), AUDITED_TICKS_MAX);
        EXPECT(run, run.ledger->lost.ticks, 2);
        EXPECT(run, run.ledger->lost.records, 100 - AUDITED_TICKS_MAX);
        EXPECT(run, run.ledger->ticks.count, 100);
    }
}
