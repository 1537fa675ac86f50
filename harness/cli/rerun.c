#define _GNU_SOURCE
#include "rerun.h"

#include "cli.h"
#include "message.h"
#include "replay.h"
#include "rounds.h"
#include "tick_match.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char *const side_names[] = {"pre", "post"};

/* One side while it is run again. */
typedef struct side {
    ta_replay *replay;
    ta_result *joined; /* the first round, which the others are joined to */
    uint64_t *wall_ns; /* of round r tick t stands at [r * ticks + t] */
    size_t ticks;
} side;

typedef struct rerun {
    const ta_cli_rerun_options *options;
    ta_cli_sides *sides;
    side side[2];
    uint64_t random;
    bool pin;
    cpu_set_t permitted;
    ta_cli_rerun_outcome *outcome;
} rerun;

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Threads on one CPU would wait for each other. */
static void plan_pinning(rerun *r) {
    const ta_arm *arms = r->sides->arms;
    r->pin = arms[0].threads <= 1 && arms[1].threads <= 1 &&
             sched_getaffinity(0, sizeof r->permitted, &r->permitted) == 0;
    r->outcome->pinned = r->pin;
}

/* What we start runs where we do. Rounds take turns, so that a CPU that is busy all along does not
 * spoil the minima. */
static void pin_round(rerun *r, uint32_t round) {
    uint32_t skip = r->pin ? round % (uint32_t)CPU_COUNT(&r->permitted) : 0;
    cpu_set_t one;
    CPU_ZERO(&one);
    for (size_t cpu = 0; r->pin && cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &r->permitted) || skip-- > 0)
            continue;
        CPU_SET(cpu, &one);
        break;
    }
    if (r->pin && sched_setaffinity(0, sizeof one, &one) != 0)
        r->pin = r->outcome->pinned = false;
}

static void unpin(const rerun *r) {
    if (r->outcome->pinned)
        (void)sched_setaffinity(0, sizeof r->permitted, &r->permitted);
}

static void show_progress(const rerun *r, uint32_t round, unsigned which) {
    enum { BAR = 30 };
    uint32_t done = 2 * round + which, all = 2 * r->options->rounds;
    int filled = (int)((uint64_t)done * BAR / all);
    if (!r->options->progress)
        return;
    fprintf(stderr, "\r[%.*s%.*s] round %u of %u\x1b[K", filled, "##############################",
            BAR - filled, "..............................", round + 1, r->options->rounds);
    fflush(stderr);
}

static void clear_progress(const rerun *r) {
    if (r->options->progress)
        fputs("\r\x1b[K", stderr);
}

__attribute__((format(printf, 2, 3))) static void cannot(rerun *r, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(r->outcome->why_not, sizeof r->outcome->why_not, format, arguments);
    va_end(arguments);
}

static void cannot_side(rerun *r, unsigned which, const ta_status *status) {
    cannot(r, "the %s side cannot be run again: %s", side_names[which], status->text);
}

static ta_status begin_side(side *s, ta_result *first, uint32_t rounds) {
    s->joined = first;
    s->ticks = first->tick_count;
    if (s->ticks > ((size_t)1 << 28) / rounds)
        return ta_status_make(TA_BAD_INPUT, "%zu ticks in %u rounds are too many to be kept",
                              s->ticks, rounds);
    s->wall_ns = calloc(s->ticks ? s->ticks : 1, rounds * sizeof *s->wall_ns);
    return s->wall_ns ? ta_status_ok() : ta_status_make(TA_INTERNAL, "no memory for the rounds");
}

static ta_status run_side(rerun *r, uint32_t round, unsigned which) {
    side *s = &r->side[which];
    ta_result *result;
    show_progress(r, round, which);
    ta_status status = ta_replay_run(s->replay, &result);
    if (!ta_ok(status))
        return status;
    bool is_first = !s->joined;
    if (is_first)
        status = begin_side(s, result, r->options->rounds);
    else if (result->tick_count != s->ticks)
        status =
            ta_status_make(TA_BAD_INPUT,
                           "its rounds have another number of ticks (%zu, %zu): give it an end "
                           "by ticks and not by time",
                           s->ticks, (size_t)result->tick_count);
    for (size_t t = 0; ta_ok(status) && t < s->ticks; t++)
        s->wall_ns[round * s->ticks + t] = result->ticks[t].wall_ns;
    if (is_first)
        return status;
    if (ta_ok(status))
        status = ta_rounds_join(s->joined, result);
    ta_result_free(result);
    return status;
}

/* False when a side could not be run, and `why_not` says why. */
static bool run_rounds(rerun *r) {
    ta_status status = ta_status_ok();
    unsigned which = 0;
    for (uint32_t round = 0; ta_ok(status) && round < r->options->rounds; round++) {
        unsigned first = (unsigned)(next_random(&r->random) >> 63);
        pin_round(r, round);
        for (unsigned i = 0; i < 2 && ta_ok(status); i++) {
            which = first ^ i;
            status = run_side(r, round, which);
        }
    }
    unpin(r);
    clear_progress(r);
    if (!ta_ok(status))
        cannot_side(r, which, &status);
    return ta_ok(status);
}

/* What the rounds say of a side's exact metrics: those that are not the same in each run are
 * marked. False when the rounds agree among themselves and not with the kept run, which then was
 * not made again. */
static bool check_side(rerun *r, unsigned which) {
    const ta_result *kept = r->sides->results[which], *joined = r->side[which].joined;
    ta_arm *arm = &r->sides->arms[which];
    bool told = false;
    if (!joined || !kept)
        return false;
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        const ta_round_range *range = &joined->round_ranges[m];
        bool is_hot =
            m == TA_METRIC_hot_allocs || m == TA_METRIC_hot_bytes || m == TA_METRIC_hot_frees;
        if (ta_metric_table[m].kind != TA_METRIC_EXACT || !range->known || !kept->whole.known[m] ||
            (is_hot && kept->suppressed.allocs))
            continue;
        double before = kept->whole.value[m];
        bool agree = range->greatest - range->least < 1e-9;
        bool is_another =
            fabs(range->least - before) > 1e-9 || fabs(range->greatest - before) > 1e-9;
        if (is_another && !arm->judged[m].differs) { /* among themselves, or with the kept run */
            arm->judged[m].differs = true;
            arm->judged[m].least = fmin(range->least, before);
            arm->judged[m].greatest = fmax(range->greatest, before);
            arm->judged[m].first_tick = range->first_tick;
            arm->rounds = joined->rounds + 1;
        }
        if (is_another && agree && !told) {
            told = true;
            cannot(r,
                   "the %s side is another one when run again (%s was %.15g and is %.15g): its "
                   "libraries, its data or its surroundings have changed (it is run again "
                   "without input); make both runs anew, of a program that reads none",
                   side_names[which], ta_metric_table[m].name, before, range->least);
        }
    }
    arm->hashes_differ |= joined->round_hashes_differ;
    if (!arm->hash_tick)
        arm->hash_tick = joined->round_hash_tick;
    arm->repeats = !told;
    return !told;
}

static ta_status test_times(rerun *r) {
    ta_tick_pair *pairs;
    size_t count;
    uint32_t rounds = r->options->rounds;
    ta_status status = ta_tick_match(r->side[0].joined, r->side[1].joined, &pairs, &count);
    if (!ta_ok(status))
        return status;
    uint64_t *times = calloc(count ? count : 1, 2 * (size_t)rounds * sizeof *times);
    uint64_t *pre = times, *post = times ? times + count * rounds : NULL;
    if (!times)
        status = ta_status_make(TA_INTERNAL, "no memory for the rounds");
    for (uint32_t round = 0; times && round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            pre[round * count + i] = r->side[0].wall_ns[round * r->side[0].ticks + pairs[i].pre];
            post[round * count + i] = r->side[1].wall_ns[round * r->side[1].ticks + pairs[i].post];
        }
    }
    ta_timed_rounds of = {rounds, count, pre, post};
    if (ta_ok(status))
        status = ta_timed_test(&of, r->outcome->rows);
    free(times);
    free(pairs);
    return status;
}

static bool open_sides(rerun *r) {
    for (unsigned i = 0; i < 2; i++) {
        const ta_result *result = r->sides->results[i];
        ta_status status =
            result ? ta_replay_open(result, r->options->results, &r->side[i].replay)
                   : ta_status_make(TA_BAD_INPUT, "only its row in the log is left, and no result "
                                                  "file: make the run anew");
        if (!ta_ok(status)) {
            cannot_side(r, i, &status);
            return false;
        }
    }
    return true;
}

ta_status ta_cli_rerun(const ta_cli_rerun_options *options, ta_cli_sides *sides,
                       ta_cli_rerun_outcome *outcome) {
    rerun r = {
        .options = options, .sides = sides, .random = sides->arms[0].seed, .outcome = outcome};
    ta_status status = ta_status_ok();
    *outcome = (ta_cli_rerun_outcome){.rounds = options->rounds};
    plan_pinning(&r);
    bool ran = open_sides(&r) && run_rounds(&r);
    if (!ran && ta_run_was_interrupted())
        status = ta_status_make(TA_WORKLOAD_DIED, "interrupted while both sides were run again");
    bool same = ran && check_side(&r, 0);
    same = ran && check_side(&r, 1) && same;
    if (same) {
        status = test_times(&r);
        outcome->judged = ta_ok(status);
    }
    if (status.code == TA_BAD_INPUT) {
        cannot(&r, "%s", status.text);
        status = ta_status_ok();
    }
    for (unsigned i = 0; i < 2; i++) {
        ta_replay_close(r.side[i].replay);
        ta_result_free(r.side[i].joined);
        free(r.side[i].wall_ns);
    }
    return status;
}

static void explain(const ta_cli_rerun_outcome *outcome, const ta_timed_row *row, ta_gate *gate) {
    ta_message why = {gate->why, sizeof gate->why, 0};
    double percent = (row->slower - 1) * 100, limit = (row->threshold - 1) * 100;
    ta_message_add(&why, "%.1f %% %s over %u interleaved rounds", fabs(percent),
                   percent >= 0 ? "slower" : "faster", outcome->rounds);
    if (row->each_decided)
        ta_message_add(
            &why,
            " by the least time of each tick, but each round by itself is %.1f %% slower "
            "(p = %.4f, corrected): in ticks that change from round to round%s",
            (row->each_slower - 1) * 100, row->each_p,
            row->each_apart ? "; all rounds of post are slower than all of pre" : "");
    else if (row->too_short)
        ta_message_add(&why,
                       ", significant (p = %.4f), but less than %d ns a tick, which reading the "
                       "clock may cost: let a tick do more, or judge counts",
                       row->p_adjusted, TA_TIMED_LEAST_NS);
    else if (row->verdict == TA_VERDICT_FAIL)
        ta_message_add(&why, ", significant (p = %.4f, corrected)", row->p_adjusted);
    else if (row->verdict == TA_VERDICT_PASS)
        ta_message_add(&why, "; that it is slower by %.1f %% or more is excluded (p = %.4f)", limit,
                       row->p_within);
    else if (row->more_rounds)
        ta_message_add(&why, ", which could be chance; %u more would settle it: --rounds %u",
                       row->more_rounds, outcome->rounds + row->more_rounds);
    else
        ta_message_add(&why,
                       ", too near the limit of %.1f %% for rounds to settle: judge it on a "
                       "quieter machine, or change it so that it is clearly within",
                       limit);
}

void ta_cli_rerun_add_gates(const ta_cli_rerun_outcome *outcome, ta_comparison *comparison) {
    static const ta_timed_row unjudged[TA_TIMED_ROWS] = {{.metric = TA_METRIC_p95_ms},
                                                         {.metric = TA_METRIC_avg_fps}};
    const ta_timed_row *rows = outcome->judged ? outcome->rows : unjudged;
    for (int i = 0; i < TA_TIMED_ROWS; i++) {
        ta_metric m = rows[i].metric;
        ta_gate gate = {.metric = m,
                        .rule = m == TA_METRIC_avg_fps ? TA_GATE_NOT_FALL_5 : TA_GATE_NOT_RISE_5,
                        .pre = outcome->judged ? rows[i].pre : comparison->pre.value[m],
                        .post = outcome->judged ? rows[i].post : comparison->post.value[m],
                        .pre_known = comparison->pre.known[m],
                        .post_known = comparison->post.known[m],
                        .verdict = outcome->judged ? rows[i].verdict : TA_VERDICT_INCONCLUSIVE};
        if (!gate.pre_known && !gate.post_known)
            continue;
        if (outcome->judged)
            explain(outcome, &rows[i], &gate);
        else
            (void)snprintf(gate.why, sizeof gate.why, "%.500s", outcome->why_not);
        (void)ta_compare_add_gate(comparison, &gate);
        comparison->times_judged = true;
    }
    ta_compare_conclude(comparison);
}
