/* sides.h: the two runs of a comparison. */
#ifndef TA_CLI_SIDES_H
#define TA_CLI_SIDES_H

#include "arm.h"

/* The run before and the run after. */
typedef struct ta_cli_sides {
    ta_arm arms[2];
    ta_result *results[2]; /* NULL: only a row of the log is there */
} ta_cli_sides;

#endif
