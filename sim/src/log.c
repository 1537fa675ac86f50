/* The logger: the last few messages that were worth keeping, in a ring of fixed texts. */
#include "world.h"

void sim_log(sim_world *world, sim_log_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    world->habits.log->write(world, (int)level, format, arguments);
    va_end(arguments);
}
