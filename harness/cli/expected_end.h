/* expected_end.h: the value of --expect-exit: an exit code, a signal or any end.
 *
 *     if (!ta_cli_expected_end(text, &options.expected_end))  ... it is none of them
 *
 * Does not allocate; any thread. */
#ifndef TA_CLI_EXPECTED_END_H
#define TA_CLI_EXPECTED_END_H

#include "exec.h"

/* "7", "any", "SIGTERM" or "term"; false when it is none of them. */
bool ta_cli_expected_end(const char *text, ta_expected_end *end);

#endif
