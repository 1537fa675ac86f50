/* How a part of the combat step is run (9.4 tick_guard). The step itself is a hot path either way;
 * the guard makes each part one of its own, so that a violation names its system. */
#include "tickaudit/tickaudit.h"
#include "world.h"

static void run_nested(sim_world *world, const char *name, sim_part *part) {
    TA_HOT_PATH(name) {
        part(world);
    }
}

static void run_plain(sim_world *world, const char *name, sim_part *part) {
    (void)name;
    part(world);
}

const sim_guard_habit sim_guard_nested = {run_nested};
const sim_guard_habit sim_guard_none = {run_plain};
