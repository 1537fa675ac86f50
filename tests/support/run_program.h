/* run_program.h: starts a program as a user would, and tells what it said and how it ended.
 *
 *     const char *arguments[] = {"/bin/ls", "-l", NULL};
 *     program_end end = program_run(arguments, (program_options){.folder = "/tmp"});
 *     cr_assert_eq(end.code, 0, "%s", end.err);
 *     program_end_free(&end);
 *
 * Allocates; whatever keeps a test from starting a program aborts it. A program that is still
 * running at its time limit is killed, with all that it started and that stayed in its group. */
#ifndef TA_TESTS_RUN_PROGRAM_H
#define TA_TESTS_RUN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Which outputs are a terminal: bits. */
enum { PROGRAM_TERMINAL_OUT = 1, PROGRAM_TERMINAL_ERR = 2 };

typedef struct program_options {
    const char *folder;             /* to start in; NULL: ours */
    const char *const *environment; /* "NAME=VALUE" over ours, ended by NULL; NULL for none */
    const char *out_path;           /* standard output goes to this file; NULL: to us */
    bool out_closed_pipe;           /* standard output is a pipe that nobody reads */
    int terminals;
    unsigned short columns; /* of the terminals; 0: 80 */
    double seconds_max;     /* 0: 60 */
    size_t file_bytes_max;  /* RLIMIT_FSIZE, a write beyond it fails with EFBIG; 0: none */
} program_options;

typedef struct program_end {
    int code;   /* exit code; -1 when it ended by a signal */
    int signal; /* 0 when it ended by itself */
    bool timed_out;
    char *out, *err; /* what it wrote to us, ended by a zero; never NULL */
    size_t out_bytes, err_bytes;
} program_end;

typedef struct program program;

program *program_start(const char *const *arguments, program_options options);
pid_t program_id(const program *p);

/* Waits for the end, and frees `p`. */
program_end program_wait(program *p);

/* Both in one. */
program_end program_run(const char *const *arguments, program_options options);

void program_end_free(program_end *end);

/* The child of process `parent` that runs a program of this name (at most 15 bytes), waiting up to
 * `seconds` for it; 0 when there is none. */
pid_t program_child_named(pid_t parent, const char *name, double seconds);

/* Waits up to `seconds` until the process is stopped (by SIGSTOP); false when it does not. */
bool program_wait_stopped(pid_t pid, double seconds);

/* How many processes there are whose command line holds `text`. */
unsigned program_count_with(const char *text);

/* Ends them with SIGKILL. The text must be one that only a program of the test's own can have. */
void program_kill_with(const char *text);

#endif
