/* 5.2 log_guard, off: the message is formatted, and only then does anybody ask whether it is
 * wanted. */
#include "log_internal.h"

#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void write_log(sim_world *world, int level,
                                                            const char *format, va_list arguments) {
    char *message = sim_take(SIM_LOG_TEXT_MAX);
    vsnprintf(message, SIM_LOG_TEXT_MAX, format, arguments);
    if (level >= (int)world->log.level)
        memcpy(sim_log_slot(&world->log), message, SIM_LOG_TEXT_MAX);
    sim_let_go(world, message);
}

const sim_log_habit sim_log_format_first = {write_log};
