#define _GNU_SOURCE
#include "cli.h"
#include "layout.h"
#include "scenario.h"

#include <inttypes.h>
#include <string.h>

static bool drawn;

void ta_cli_progress_show(const ta_ledger *ledger, const ta_scenario *scenario, void *context) {
    (void)context;
    enum { BAR = 30 };
    uint64_t planned = ta_scenario_ticks(scenario) + scenario->warmup_ticks;
    uint64_t done = __atomic_load_n(&ledger->ticks_done, __ATOMIC_ACQUIRE);
    uint32_t phase = __atomic_load_n(&ledger->phase_now, __ATOMIC_ACQUIRE);
    int filled = planned ? (int)(done * BAR / planned) : 0;
    filled = filled > BAR ? BAR : filled;
    char bar[BAR + 1];
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)filled);
    bar[BAR] = 0;
    char line[256];
    int width = (int)ta_cli_width(stderr) - 1;
    snprintf(line, sizeof line, "[%s] %3" PRIu64 " %%  %.40s", bar,
             planned ? done * 100 / planned : 0,
             phase  ? ta_ledger_phases(ledger)[phase - 1].name
             : done ? "warm-up"
                    : "starting");
    fprintf(stderr, "\r%.*s\x1b[K", width, line);
    fflush(stderr);
    drawn = true;
}

void ta_cli_progress_clear(void) {
    if (drawn)
        fputs("\r\x1b[K", stderr);
    drawn = false;
}
