#define _GNU_SOURCE /* strdup */
#include "support.h"

#define BASE                                                                                       \
    "{'seed': 1, 'workload': 'p.so', 'parameters': {'x': 1}, 'phases': [" PHASE                    \
    ", {'name': 'm', 'load': 'mixed_tier', 'seconds': 1, 'spawn': 4, 'quota': {'boss': 50, "       \
    "'swarm': 50}}, {'name': 'c', 'load': 'combat', 'seconds': 2, 'spawn': 9}]}"

static uint64_t hash_with(const char *override) {
    return parsed(BASE, override)->hash;
}

Test(scenario_hash, what_does_not_change_the_work_does_not_change_it) {
    const char *const same[] = {
        "optimizations=none",
        "enemy_pool=off",
        "name=other",
        "description=other",
        "$schema=other",
        "timeout_seconds=9",
        "budgets=[\"ticks = 1\"]",
        "phases[0].budgets=[\"ticks = 1\"]",
        "seed=1",
        "seed=1.0",
        "faults={}",
        "tick_hz=60",
        "pool=10",
        "phases[c].refill_below=7",
        "phases[0].seconds=1.001",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        cr_expect_eq(hash_with(same[i]), hash_with(NULL), "%s", same[i]);
}

Test(scenario_hash, what_changes_the_work_changes_it) {
    const char *const changes[] = {
        "seed=2",
        "tick_hz=61",
        "pool=11",
        "warmup_ticks=1",
        "render=off",
        "workload=q.so",
        "parameters.x=2",
        "parameters.x=true",
        "parameters.x=a",
        "parameters.y=1",
        "faults.alloc_at_tick=1",
        "faults.crash_at_tick=1",
        "faults.empty_world=on",
        "faults.ignore_seed=on",
        "phases[0].name=b",
        "phases[0].seconds=2",
        "phases[0].spawn=9",
        "phases[0].load=combat",
        "phases[m].quota.boss=50.0005",
        "phases[c].refill_below=8",
        "phases[3]={\"name\": \"z\", \"load\": \"burst\", \"seconds\": 1, \"spawn\": 1}",
    };
    enum { COUNT = sizeof changes / sizeof *changes };
    uint64_t hashes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        hashes[i] = hash_with(changes[i]);
        /* true counts as 1, as the plugin will see it */
        if (strcmp(changes[i], "parameters.x=true") == 0) {
            cr_expect_eq(hashes[i], hash_with(NULL));
            continue;
        }
        cr_expect_neq(hashes[i], hash_with(NULL), "%s", changes[i]);
        for (size_t k = 0; k < i; k++)
            cr_expect_neq(hashes[i], hashes[k], "%s and %s", changes[i], changes[k]);
    }
}

Test(scenario_hash, it_stays_the_same_from_build_to_build) {
    /* Stored results hold it: when this moves, every baseline is refused as another scenario's. */
    cr_expect_eq(parsed(PHASES(PHASE), NULL)->hash, UINT64_C(0x974d208f068dbd71), "%016llx",
                 (unsigned long long)parsed(PHASES(PHASE), NULL)->hash);
}

Test(scenario_hash, it_does_not_depend_on_where_the_file_lies) {
    static ta_scenario a, b;
    char *text = quoted(BASE);
    cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), "/x/a.json", NULL, 0, &a)));
    cr_assert(ta_ok(ta_scenario_parse(text, strlen(text), "y/b.json", NULL, 0, &b)));
    cr_expect_eq(a.hash, b.hash);
    free(text);
}
