/* program.h: is this a program that can be audited from outside? Asked before anything runs, since
 * one that cannot be runs normally with nothing counted, and that looks like zero.
 *
 *     ta_program program;
 *     ta_status status = ta_program_find("game", &program);
 *     exit code: program.shell_code where it is not 0, else the status'
 *
 * Allocates; any thread. */
#ifndef TA_RUN_PROGRAM_H
#define TA_RUN_PROGRAM_H

#include "status.h"

#include <stdbool.h>

enum { TA_PROGRAM_PATH_MAX = 4096 };

typedef struct ta_program {
    char path[TA_PROGRAM_PATH_MAX];  /* what is executed */
    char image[TA_PROGRAM_PATH_MAX]; /* the ELF file of it: itself, or a script's interpreter */
    bool has_own_malloc; /* it defines malloc, so that its calls do not come to the auditor */
    int shell_code;      /* 127 not found, 126 not executable, as a shell says it; or 0 */
} ta_program;

/* Finds `name` as a shell does (PATH, unless it has a slash) and checks it: a dynamically linked
 * 64-bit program of this machine for glibc, that keeps its loader's settings (not setuid); or a
 * script whose interpreter is one. TA_BAD_INPUT with the reason if not. */
ta_status ta_program_find(const char *name, ta_program *program);

#endif
