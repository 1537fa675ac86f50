/* Which programs the followed processes become, and that each of them is audited: a record of the
 * set is taken before the system call, given back when that fails, and again by the auditor that
 * comes to work in the new program. What is left at the end was not audited: a static program, one
 * with more rights than its caller, one whose environment was cleared.
 *
 * libc calls its own execve(), as posix_spawn() and system() do, by no table: the code of the
 * system call is changed, before any code of the program runs. */
#define _GNU_SOURCE
#include "execs.h"
#include "assumptions.h"
#include "text.h"
#include "watch.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- records ---- */

enum { FREE = 0, BEING_WRITTEN = -1 };

/* The name of an open file; "" where /proc does not tell. */
static void name_file(int file, char name[TA_EXEC_PROGRAM_MAX]) {
    char link[32] = "/proc/self/fd/";
    ta_text text = {link + strlen(link), link + sizeof link - 1};
    ta_text_add_number(&text, (uint64_t)(uint32_t)file, 10);
    *text.at = 0;
    ssize_t bytes = readlink(link, name, TA_EXEC_PROGRAM_MAX - 1);
    name[bytes > 0 ? bytes : 0] = 0;
}

/* A path that cannot be read is refused by the kernel, not by us. An empty one is that of `file`.
 */
static void name_program(int file, const char *program, char name[TA_EXEC_PROGRAM_MAX]) {
    bool is_there = access(program, F_OK) == 0 || errno != EFAULT;
    size_t length = 0;
    for (; is_there && length < TA_EXEC_PROGRAM_MAX - 1 && program[length]; length++)
        name[length] = program[length];
    name[length] = 0;
    if (length == 0)
        name_file(file, name);
}

/* The place of a record, from 1; 0 when there is none to give back. Also called in a child of
 * vfork(), which has its parent's memory: nothing but the record is written. */
static uint32_t begin_in_set(int file, const char *program, int32_t self) {
    ta_ledger_set *set = ta_ledger_set_mine;
    for (uint32_t i = 0; i < TA_LEDGER_SET_EXECS_MAX; i++) {
        uint32_t at = ((uint32_t)self + i) % TA_LEDGER_SET_EXECS_MAX;
        ta_exec_record *exec = &set->execs[at];
        int32_t found = FREE;
        if (__atomic_load_n(&exec->process, __ATOMIC_RELAXED) != FREE ||
            !__atomic_compare_exchange_n(&exec->process, &found, BEING_WRITTEN, false,
                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            continue;
        exec->order = __atomic_fetch_add(&set->execs_begun, 1, __ATOMIC_RELAXED);
        name_program(file, program, exec->program);
        __atomic_store_n(&exec->process, self, __ATOMIC_RELEASE);
        return at + 1;
    }
    __atomic_fetch_add(&set->execs_lost, 1, __ATOMIC_RELAXED);
    return 0;
}

/* Without a set, the ledger is about one process; others are children, which are not counted. */
static uint32_t begin_alone(int file, const char *program, int32_t self) {
    ta_ledger *ledger = ta_ledger_mine;
    if (!ledger)
        return 0;
    if (ledger->owner != self) {
        ta_execs_note_child();
        return 0;
    }
    name_program(file, program, ledger->becoming);
    return 1;
}

static uint32_t begin(int file, const char *program) {
    int32_t self = ta_process_self();
    return ta_ledger_set_mine ? begin_in_set(file, program, self)
                              : begin_alone(file, program, self);
}

/* The system call has come back. Called by the assembly below too. */
void ta_exec_failed(uint32_t place) __attribute__((visibility("hidden"), used));

void ta_exec_failed(uint32_t place) {
    if (place && ta_ledger_set_mine)
        __atomic_store_n(&ta_ledger_set_mine->execs[place - 1].process, FREE, __ATOMIC_RELEASE);
    else if (place)
        ta_ledger_mine->becoming[0] = 0;
}

void ta_execs_leave(const char *program) {
    (void)begin(-1, program);
}

void ta_execs_note_child(void) {
    if (ta_ledger_mine)
        __atomic_fetch_add(&ta_ledger_mine->children_begun, 1, __ATOMIC_RELAXED);
}

/* The kernel tells a program by which path it was executed (AT_EXECFN), a script's interpreter
 * too; "/dev/fd/..." for fexecve and execveat. Another path: a program that was not audited was in
 * between. */
static bool is_this_program(const char *program) {
    const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    return !path || !*program || strncmp(path, "/dev/fd/", 8) == 0 ||
           strncmp(path, program, TA_EXEC_PROGRAM_MAX - 1) == 0;
}

/* The last one of this process: an older one is of a process that had the number before. */
void ta_execs_arrive(void) {
    int32_t self = ta_process_self();
    ta_exec_record *last = NULL;
    for (uint32_t i = 0; i < TA_LEDGER_SET_EXECS_MAX; i++) {
        ta_exec_record *exec = &ta_ledger_set_mine->execs[i];
        if (__atomic_load_n(&exec->process, __ATOMIC_ACQUIRE) == self &&
            (!last || exec->order > last->order))
            last = exec;
    }
    if (last && is_this_program(last->program))
        __atomic_store_n(&last->process, FREE, __ATOMIC_RELEASE);
}

void ta_execs_arrive_alone(ta_ledger *ledger) {
    if (is_this_program(ledger->becoming))
        ledger->becoming[0] = 0;
}

/* ---- fexecve ---- */

TA_EXPORT int fexecve(int file, char *const arguments[], char *const environment[]);

typedef int (*fexecve_function)(int, char *const[], char *const[]);

/* Its system call is not always where it could be changed. */
int fexecve(int file, char *const arguments[], char *const environment[]) {
    static fexecve_function volatile found;
    if (!found) {
        void *address = dlsym(RTLD_NEXT, "fexecve");
        memcpy((void *)(uintptr_t)&found, &address, sizeof address);
    }
    uint32_t place = begin(file, "");
    int result = found(file, arguments, environment);
    ta_exec_failed(place);
    return result;
}

/* ---- the code of execve and execveat ---- */

#if defined(__x86_64__)

/* One of them: where the system call is, and where it goes on behind that. */
typedef struct place_of_call {
    char *code;
    const void *entry;
} place_of_call;

__attribute__((visibility("hidden"), used)) const void *ta_exec_behind[2];
extern const char ta_exec_entry_execve[] __attribute__((visibility("hidden")));
extern const char ta_exec_entry_execveat[] __attribute__((visibility("hidden")));

uint32_t ta_exec_begin(int file, const char *program) __attribute__((visibility("hidden"), used));

uint32_t ta_exec_begin(int file, const char *program) {
    int before = errno;
    uint32_t place = begin(file, program);
    errno = before;
    return place;
}

/* Jumped to from where the number of the system call was loaded. All registers are kept but those
 * that the system call changes; the stack is aligned, which it need not be in there. */
#define EXEC_ENTRY(name, number, arguments, behind)                                                \
    __asm__(".text\n"                                                                              \
            ".globl ta_exec_entry_" #name "\n"                                                     \
            ".hidden ta_exec_entry_" #name "\n"                                                    \
            ".type ta_exec_entry_" #name ", @function\n"                                           \
            "ta_exec_entry_" #name ":\n"                                                           \
            "    .cfi_startproc\n"                                                                 \
            "    pushq %rbp\n"                                                                     \
            "    .cfi_adjust_cfa_offset 8\n"                                                       \
            "    .cfi_rel_offset %rbp, 0\n"                                                        \
            "    movq %rsp, %rbp\n"                                                                \
            "    .cfi_def_cfa_register %rbp\n"                                                     \
            "    andq $-16, %rsp\n"                                                                \
            "    subq $64, %rsp\n"                                                                 \
            "    movq %rdi, (%rsp)\n"                                                              \
            "    movq %rsi, 8(%rsp)\n"                                                             \
            "    movq %rdx, 16(%rsp)\n"                                                            \
            "    movq %r8, 24(%rsp)\n"                                                             \
            "    movq %r9, 32(%rsp)\n"                                                             \
            "    movq %r10, 40(%rsp)\n" arguments "    call ta_exec_begin\n"                       \
            "    movq %rax, 48(%rsp)\n"                                                            \
            "    movq (%rsp), %rdi\n"                                                              \
            "    movq 8(%rsp), %rsi\n"                                                             \
            "    movq 16(%rsp), %rdx\n"                                                            \
            "    movq 24(%rsp), %r8\n"                                                             \
            "    movq 32(%rsp), %r9\n"                                                             \
            "    movq 40(%rsp), %r10\n"                                                            \
            "    movl $" number ", %eax\n"                                                         \
            "    syscall\n"                                                                        \
            "    movq %rax, 56(%rsp)\n"                                                            \
            "    movl 48(%rsp), %edi\n"                                                            \
            "    call ta_exec_failed\n"                                                            \
            "    movq (%rsp), %rdi\n"                                                              \
            "    movq 8(%rsp), %rsi\n"                                                             \
            "    movq 16(%rsp), %rdx\n"                                                            \
            "    movq 24(%rsp), %r8\n"                                                             \
            "    movq 32(%rsp), %r9\n"                                                             \
            "    movq 40(%rsp), %r10\n"                                                            \
            "    movq 56(%rsp), %rax\n"                                                            \
            "    leave\n"                                                                          \
            "    .cfi_def_cfa %rsp, 8\n"                                                           \
            "    .cfi_restore %rbp\n"                                                              \
            "    jmpq *ta_exec_behind+" behind "(%rip)\n"                                          \
            "    .cfi_endproc\n"                                                                   \
            ".size ta_exec_entry_" #name ", . - ta_exec_entry_" #name "\n")

/* A file and a path, as execveat has them. */
EXEC_ENTRY(execve, "59", "    movq %rdi, %rsi\n    movl $-1, %edi\n", "0");
EXEC_ENTRY(execveat, "322", "", "8");

enum { LOAD_BYTES = 5, CALL_BYTES = 2, SEARCHED_BYTES = 16 };

_Static_assert(SYS_execve == 59, "as its entry has it");
_Static_assert(SYS_execveat == 322, "as its entry has it");

/* Where its number is loaded, with the system call right behind; NULL when that is not among the
 * first instructions. No other instruction has these bytes so near to a function's begin: each that
 * could come before (endbr64, a copy of a register) is shorter than the number. */
static char *find_call(const struct link_map *libc, const char *name, uint32_t number) {
    unsigned char wanted[LOAD_BYTES + CALL_BYTES] = {0xb8, 0, 0, 0, 0, 0x0f, 0x05};
    memcpy(wanted + 1, &number, sizeof number);
    char *code = ta_definition_in(libc, name);
    for (size_t i = 0; code && i < SEARCHED_BYTES; i++) {
        if (memcmp(code + i, wanted, sizeof wanted) == 0)
            return code + i;
    }
    return NULL;
}

static bool is_in_reach(const place_of_call *call) {
    int64_t away = (int64_t)(uintptr_t)call->entry - (int64_t)(uintptr_t)call->code - LOAD_BYTES;
    return away >= INT32_MIN && away <= INT32_MAX;
}

void ta_execs_install(void) {
    const struct link_map *libc = NULL;
    if (!ta_assumption_may_hold(TA_ASSUMPTION_exec_code) ||
        !ta_definition_of("gnu_get_libc_version", &libc))
        return;
    place_of_call calls[] = {
        {find_call(libc, "execve", SYS_execve), ta_exec_entry_execve},
        {find_call(libc, "execveat", SYS_execveat), ta_exec_entry_execveat},
    };
    bool found = true;
    for (unsigned i = 0; i < 2; i++)
        found = found && calls[i].code && is_in_reach(&calls[i]);
    for (unsigned i = 0; found && i < 2; i++) {
        ta_exec_behind[i] = calls[i].code + LOAD_BYTES + CALL_BYTES;
        found = ta_patch_jump(calls[i].code, calls[i].entry);
    }
    ta_assumption_settle(TA_ASSUMPTION_exec_code, found);
}

#else

void ta_execs_install(void) {
}

#endif
