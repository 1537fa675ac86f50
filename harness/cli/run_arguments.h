/* run_arguments.h: the command line of `tickaudit run`, for the command and for whoever makes a
 * kept run again. */
#ifndef TA_CLI_RUN_ARGUMENTS_H
#define TA_CLI_RUN_ARGUMENTS_H

#include "cli.h"
#include "results_folder.h"
#include "run.h"
#include "suppressions.h"

typedef struct ta_run_arguments {
    ta_cli_common common;
    ta_run_options options;
    const char *results;
    const char *force; /* the reason, or NULL */
    bool json;         /* in place of the summary, unless it has a file */
    ta_cli_forms forms;
    const char *suppressions_path; /* NULL: none */
    ta_suppressions suppressions;
    const char **overrides;
    unsigned override_count;
    char **files;
    int file_count;
    uint64_t rounds;
    char **given; /* the command line as it was given, "run" first */
    uint32_t given_count;
    char runs[TA_RESULTS_PATH_MAX]; /* the folder of the results, where pictures go too */
} ta_run_arguments;

extern const struct argp ta_run_arguments_argp; /* its input is a ta_run_arguments */

#endif
