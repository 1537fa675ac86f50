/* function_code.h: all code of a file that belongs to functions of given names: the functions
 * themselves, their parts and copies (.cold, .part, .isra, .constprop), by its symbols; and the
 * copies that were inlined into others, by its debug information.
 *
 *     ta_function_code code;
 *     status = ta_function_code_find(path, names, count, &code);
 *     ... code.ranges[i] ... code.found[n].inlined ...
 *     ta_function_code_free(&code);
 *
 * Reads the file, and separate debug information if that is installed. Allocates; one thread at a
 * time. */
#ifndef TA_CODE_FUNCTION_CODE_H
#define TA_CODE_FUNCTION_CODE_H

#include "function_name.h"
#include "layout.h"
#include "status.h"

enum { TA_FUNCTION_ENTRIES_MAX = 16 };

/* What a file has of one function. */
typedef struct ta_function_found {
    uint32_t symbols;        /* whole functions of that name, at different addresses */
    uint32_t parts;          /* .cold left out: .part */
    uint32_t bodies;         /* of coroutines: .actor, .resume and the like */
    uint32_t defined;        /* definitions that debug information has of it */
    uint32_t inlined;        /* copies within other functions, by debug information */
    uint32_t may_be_inlined; /* copies of a function of which only the last name is known (-g1) */
    struct {
        uint64_t address, size;         /* in the file */
    } entries[TA_FUNCTION_ENTRIES_MAX]; /* the first of these */
    uint32_t twins;                     /* other functions at the same address, by their symbols */
    bool has_twin;       /* debug information has a function of another name at the address */
    bool is_folded;      /* debug information has both: a linker has made one of them */
    char twin[128];      /* the first, or that one */
    uint32_t tail_calls; /* jumps that end it: what they lead to runs without a frame of it */
    char tail_to[128];   /* the first of these that is known */
    uint32_t jumps;      /* of these, those that the code itself shows */
    char jumps_to[128];
    uint32_t may_be_tails; /* jumps out of it, or through a register, that may be such */
    bool calls_untold;     /* debug information does not tell which jumps are calls */
} ta_function_found;

typedef struct ta_function_code {
    bool is_read;   /* it is an ELF file that could be read */
    bool has_debug; /* it has debug information for code */
    ta_range *ranges;
    uint32_t range_count;
    ta_function_found found[TA_LEDGER_STACKED_MAX];
} ta_function_code;

/* Which files' debug information is read, which takes most of the time. */
typedef enum ta_code_scope {
    TA_CODE_EVERYWHERE,
    TA_CODE_NOT_IN_SYSTEMS /* not of a distribution's library that defines none of the names */
} ta_code_scope;

/* Whether a file is a distribution's library: these are not built from a program's headers. */
bool ta_code_is_systems(const char *path);

/* `count` names, at most TA_LEDGER_STACKED_MAX. Of those in `exported` (a bit each), only functions
 * that other files can call are meant. A file that cannot be read is no error. TA_INTERNAL without
 * memory. */
ta_status ta_function_code_find(const char *path, const ta_function_name *names, uint32_t count,
                                ta_code_scope scope, uint32_t exported, ta_function_code *code);
void ta_function_code_free(ta_function_code *code);

#endif
