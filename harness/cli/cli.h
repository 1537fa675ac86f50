/* cli.h: the commands of `tickaudit`, and what they share.
 *
 * Each command is one function with the arguments after the program's name ("run", ...), and
 * returns the exit code of the program. Results go to stdout, everything else to stderr. */
#ifndef TA_CLI_CLI_H
#define TA_CLI_CLI_H

#include "result.h"
#include "run.h"
#include "status.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

/* name, what it does */
#define TA_COMMAND_LIST(X)                                                                         \
    X(run, "audits scenarios: prints the summary, keeps the result and a log row")                 \
    X(exec, "audits any program from outside: tickaudit exec -- PROGRAM ARGS")                     \
    X(torture, "makes each allocation of a program fail in turn: what breaks?")                    \
    X(compare, "holds a run against an earlier one: differences, gates, verdict")                  \
    X(report, "prints a kept run again, or its stacks for flame graphs")                           \
    X(check, "proves the auditor on this system: counts, allocators, assumptions")                 \
    X(validate, "checks scenario files without running them")                                      \
    X(list, "lists the scenarios of a folder")                                                     \
    X(version, "says what this program is and was built with")

#define TA_COMMAND_DECLARE(name, does) int ta_command_##name(int argc, char **argv);
TA_COMMAND_LIST(TA_COMMAND_DECLARE)
#undef TA_COMMAND_DECLARE

/* ---- common.c ---- */

/* Prints "tickaudit: <text>" to stderr when `status` is not ok; its exit code. */
int ta_cli_report(ta_status status);

/* Options that every command has: --quiet, --verbose, --color. A command's own parser comes first
 * and has these as a child. */
typedef struct ta_cli_common {
    bool quiet, verbose;
    enum { TA_COLOR_AUTO, TA_COLOR_ALWAYS, TA_COLOR_NEVER } color;
} ta_cli_common;

extern const struct argp ta_cli_common_argp; /* its input is a ta_cli_common */

/* Whether to colour what goes to `stream`: the option, then NO_COLOR, then whether it is a
 * terminal. */
bool ta_cli_colors(const ta_cli_common *common, FILE *stream);

/* Columns of the terminal that `stream` is, 80 when it is none. */
unsigned ta_cli_width(FILE *stream);

/* Parses a command's arguments; at a mistake prints what is wrong and how to get help, and exits
 * with TA_BAD_INPUT. `flags` are argp's. */
void ta_cli_parse(const struct argp *argp, const char *command, unsigned flags, int argc,
                  char **argv, void *input);

/* The arguments before argp puts them into another order, `command` in place of the first; NULL
 * without memory. The caller frees the array; the texts are those of `argv`. */
char **ta_cli_copy_arguments(const char *command, int argc, char **argv);

/* "5s", "500ms", "2min" or plain seconds; false when it is none of them or not above 0. */
bool ta_cli_duration(const char *text, double *seconds);

/* Flushes `stream`; a write that failed (a closed pipe, a full disk) is TA_INTERNAL. */
ta_status ta_cli_flush(FILE *stream);

struct cJSON;

/* Prints `json` to stdout and deletes it. Errors: TA_INTERNAL without memory, also when `json` is
 * NULL for want of it. */
ta_status ta_cli_print_json(struct cJSON *json);

/* ---- forms.c ---- */

/* name (of the option as well), what prints it */
#define TA_FORM_LIST(X)                                                                            \
    X(json, ta_result_print_json)                                                                  \
    X(folded, ta_folded_print)                                                                     \
    X(speedscope, ta_speedscope_print)

typedef enum ta_cli_form {
#define TA_FORM_ENUM(name, print) TA_FORM_##name,
    TA_FORM_LIST(TA_FORM_ENUM)
#undef TA_FORM_ENUM
        TA_FORM_COUNT
} ta_cli_form;

/* The files that the forms of one result are asked for in; NULL: none. */
typedef struct ta_cli_forms {
    const char *file[TA_FORM_COUNT];
} ta_cli_forms;

const char *ta_cli_form_name(ta_cli_form form);

/* Prints a form to stdout. Errors: TA_INTERNAL. */
ta_status ta_cli_form_print(ta_cli_form form, const ta_result *result);

/* Writes each form that has a file, all of it or nothing. Errors: TA_INTERNAL; the forms behind the
 * first that failed are not tried. */
ta_status ta_cli_forms_save(const ta_cli_forms *forms, const ta_result *result);

/* The name of a form that has a file; NULL when none has. */
const char *ta_cli_forms_one_file(const ta_cli_forms *forms);

/* The value of --allocator; a name that is none is an error of `state`. */
void ta_cli_allocator(struct argp_state *state, const char *name, ta_run_allocator *allocator);

/* "12": a whole number from 1 to `most`; false when it is none. */
bool ta_cli_number(const char *text, uint64_t most, uint64_t *number);

/* "512KiB": from 1 KiB to 1 GiB, the unit B, KiB, MiB or GiB; false when it is none. */
bool ta_cli_bytes(const char *text, uint64_t *bytes);

/* ---- trap.c ---- */

/* On stderr, the stack of the violation that a run with --trap ended at, by modules and offsets;
 * nothing when it ended otherwise. */
void ta_cli_tell_trap(const ta_result *result);

/* ---- progress.c ---- */
struct ta_ledger;
struct ta_scenario;

/* A ta_run_progress that draws a bar on stderr; ta_cli_progress_clear() takes it away again. */
void ta_cli_progress_show(const struct ta_ledger *ledger, const struct ta_scenario *scenario,
                          void *context);
void ta_cli_progress_clear(void);

/* ---- advance.c ---- */

/* Whether a run may be labelled `label` ("PHASE_5"): not while the gates of the phase before it
 * fail for this scenario, by the log in `results`. TA_FAILED with the gates named when it may not.
 */
ta_status ta_cli_may_advance(const char *results, const char *label, const char *scenario);

#endif
