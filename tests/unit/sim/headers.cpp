// The public headers compile as C++17, each alone and together.
#include "sim/view.h"

#include "sim/sim.h"
#include "sim/switches.h"

static_assert(SIM_SWITCH_COUNT == 16, "one for each optimization of the plan");
static_assert(SIM_SWITCHES_ALL == 0xffff, "a bit each");
