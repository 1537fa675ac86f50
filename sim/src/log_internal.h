/* log_internal.h: what both of the logger's habits share.
 *
 *     vsnprintf(sim_log_slot(&world->log), SIM_LOG_TEXT_MAX, format, arguments);
 *
 * Internal; nothing allocates. */
#ifndef SIM_LOG_INTERNAL_H
#define SIM_LOG_INTERNAL_H

#include "world.h"

/* Where the next kept message goes: over the oldest. */
static inline char *sim_log_slot(sim_log_ring *log) {
    return log->text[log->count++ % SIM_LOG_KEPT];
}

#endif
