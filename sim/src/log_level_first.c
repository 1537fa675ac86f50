/* 5.2 log_guard, on: the level is asked first, and nearly always that is all. */
#include "log_internal.h"

#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void write_log(sim_world *world, int level,
                                                            const char *format, va_list arguments) {
    if (level < (int)world->log.level)
        return;
    vsnprintf(sim_log_slot(&world->log), SIM_LOG_TEXT_MAX, format, arguments);
}

const sim_log_habit sim_log_level_first = {write_log};
