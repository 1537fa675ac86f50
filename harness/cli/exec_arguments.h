/* exec_arguments.h: the command line of `tickaudit exec`, for the command and for whoever makes a
 * kept run again. */
#ifndef TA_CLI_EXEC_ARGUMENTS_H
#define TA_CLI_EXEC_ARGUMENTS_H

#include "cli.h"
#include "exec.h"
#include "suppressions.h"

typedef struct ta_exec_arguments {
    ta_cli_common common;
    ta_exec_options options;
    const char *results; /* NULL: nothing is kept */
    ta_cli_forms forms;
    const char *suppressions_path; /* NULL: none */
    ta_suppressions suppressions;
    char **program; /* its arguments, its name first */
    char **given;   /* the command line as it was given, "exec" first */
    uint32_t given_count;
} ta_exec_arguments;

extern const struct argp ta_exec_arguments_argp; /* its input is a ta_exec_arguments */

#endif
