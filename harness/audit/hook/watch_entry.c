/* Through here go the calls of watched functions: what is told when one is entered and left, and
 * the few instructions around that, which leave every register, every argument on the stack and
 * every way out as they are: return, exception, cancellation, longjmp. */
#define _GNU_SOURCE
#include "assumptions.h"
#include "registers.h"
#include "watch.h"

#include <errno.h>
#include <setjmp.h>
#include <unwind.h>

#if defined(__x86_64__)

/* A call that is under way and whose function is a hot path: kept in the frame of the assembly
 * below, on the stack of whoever called. */
typedef struct open_call {
    struct open_call *outer;
    uint32_t depth_before; /* scopes that were open when it began */
    uint32_t mark; /* mark_of() as long as it is under way: a stack that was left may be gone */
} open_call;

/* The innermost call of this thread; the last one that was entered, where stacks are switched. */
static __thread open_call *innermost __attribute__((tls_model("initial-exec")));

static uint32_t mark_of(const open_call *call) {
    return (uint32_t)(uintptr_t)call ^ UINT32_C(0x7ca11ed5);
}

/* What the assembly is to do: jump to the function, or call it with a copy of the arguments on the
 * stack: so many words (from bit 16 on), so many bytes below what is copied (the bits below). An
 * argument may be aligned to 64 bytes, so that these are a multiple of that. */
typedef struct plan {
    void *function;
    uint64_t copy; /* 0: jump */
} plan;

/* What a call under way keeps of the stack, from the arguments down to where their copy ends: what
 * the assembly has above and below rbp. */
enum { ABOVE_RBP = 24, BELOW_RBP = 64, ENTRY_BYTES = ABOVE_RBP + BELOW_RBP };

plan ta_watch_enter(unsigned number, open_call *call, const uint64_t *arguments)
    __attribute__((visibility("hidden"), used));
void ta_watch_leave(open_call *call) __attribute__((visibility("hidden"), used));
_Unwind_Reason_Code ta_watch_personality(int version, _Unwind_Action actions, uint64_t class,
                                         struct _Unwind_Exception *exception,
                                         struct _Unwind_Context *context)
    __attribute__((visibility("hidden"), used));

static uint64_t copy_of(uint64_t bytes) {
    uint64_t grain = bytes ? 64 : 16;
    return bytes / 8 << 16 | ((ENTRY_BYTES + bytes + grain - 1) / grain * grain);
}

plan ta_watch_enter(unsigned number, open_call *call, const uint64_t *arguments) {
    const ta_watch *watch = &ta_watches[number];
    plan result = {watch->function, 0};
    int before = errno;
    if (TA_UNLIKELY(__atomic_load_n(&ta_watch_is_behind, __ATOMIC_RELAXED)))
        ta_watch_catch_up();
    if (TA_UNLIKELY(ta_watch_is_blind))
        ta_scope_close_left(arguments);
    if (watch->is_tick) {
        ta_watch_tick_end(); /* of another thread's tick, or of none, it is nothing */
        ta_watch_tick_begin();
    }
    if (watch->is_hot) {
        call->outer = innermost;
        call->depth_before = ta_scope_enter(watch->name, call);
        call->mark = mark_of(call);
        innermost = call;
        result.copy = copy_of(ta_watch_arguments(number, arguments));
    }
    errno = before;
    return result;
}

void ta_watch_leave(open_call *call) {
    int before = errno;
    ta_scope_leave(call->depth_before, call);
    call->mark = 0;
    if (innermost == call) /* else another's, on another stack */
        innermost = call->outer;
    errno = before;
}

/* ---- the ways out other than by return ---- */

/* Defined by whatever unwinds: libgcc as a rule, which the program then has brought along. */
extern _Unwind_Word _Unwind_GetGR(struct _Unwind_Context *context, int number)
    __attribute__((weak));

/* DWARF's number of the assembly's frame pointer, and from there down to the record of the call.
 * The CFA is no help: _Unwind_GetCFA tells the callee's, which is as far away as the copied
 * arguments are long. */
enum { DWARF_RBP = 6, CALL_BELOW_RBP = 24 };

/* Called for the assembly's frame when an exception, a cancellation or the thread's end passes
 * through. It stops nothing. */
_Unwind_Reason_Code ta_watch_personality(int version, _Unwind_Action actions, uint64_t class,
                                         struct _Unwind_Exception *exception,
                                         struct _Unwind_Context *context) {
    (void)version;
    (void)class;
    (void)exception;
    if (!(actions & _UA_CLEANUP_PHASE) || !innermost)
        return _URC_CONTINUE_UNWIND;
    uint64_t rbp = _Unwind_GetGR ? _Unwind_GetGR(context, DWARF_RBP) : 0;
    ta_watch_leave(rbp ? (open_call *)(uintptr_t)(rbp - CALL_BELOW_RBP) : innermost);
    return _URC_CONTINUE_UNWIND;
}

/* The stack pointer that a jump leads to, as glibc keeps it: word 6, rotated and mixed with a
 * secret of the process, which is at a fixed place of each thread's block
 * (tcbhead_t.pointer_guard). */
static uint64_t target_of(const uint64_t *buffer) {
    enum { RSP = 6, ROTATED_BY = 17 };
    uint64_t guard, mangled = buffer[RSP];
    __asm__("movq %%fs:0x30, %0" : "=r"(guard));
    return (mangled >> ROTATED_BY | mangled << (64 - ROTATED_BY)) ^ guard;
}

/* A buffer that was filled here has to lead to this frame. */
void ta_watch_check(void) {
    enum { FRAME_BYTES_MAX = 1024 };
    uint64_t end = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    jmp_buf buffer;
    if (!ta_assumption_may_hold(TA_ASSUMPTION_jump_buffer))
        return;
    if (_setjmp(buffer) == 0) {
        uint64_t target = target_of((const uint64_t *)(const void *)buffer);
        ta_assumption_settle(TA_ASSUMPTION_jump_buffer,
                             target <= end && end - target <= FRAME_BYTES_MAX);
    }
}

void ta_watch_jump(const void *buffer) {
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    if (!ta_assumption_holds(TA_ASSUMPTION_jump_buffer))
        return;
    uint64_t target = target_of(buffer);
    while (innermost && (uint64_t)(uintptr_t)innermost > here &&
           (uint64_t)(uintptr_t)innermost < target && innermost->mark == mark_of(innermost))
        ta_watch_leave(innermost);
    if (target > here)
        ta_scope_jump((const void *)(uintptr_t)here, (const void *)(uintptr_t)target);
}

/* The frame, from rbp down: the record of the call at -24, the function at -32, rdi, rsi and rcx,
 * the plan's copy at -64: these stay while the function runs. Below, only while one of ours does:
 * the other registers that may carry arguments, and the vector registers, as wide as the machine
 * has them (all of them: a caller that knows the function's code, in one program, may count on all
 * that it does not touch). Above rbp: the number of the function, the return address, the arguments
 * on the stack. For the same reason the stack need not be aligned when a function is called: it is
 * aligned before one of ours is. */
#include "keep_registers.h"

__asm__(".type ta_watch_common, @function\n"
        "ta_watch_common:\n"
        "    .cfi_startproc\n"
        "    .cfi_personality 0x1b, ta_watch_personality\n" /* relative to here, four bytes */
        "    .cfi_def_cfa_offset 16\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 24\n"
        "    .cfi_offset %rbp, -24\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    TA_KEEP\n"
        "    movl 8(%rbp), %edi\n"
        "    leaq -24(%rbp), %rsi\n"
        "    leaq 24(%rbp), %rdx\n"
        "    call ta_watch_enter\n"
        "    movq %rax, -32(%rbp)\n"
        "    testq %rdx, %rdx\n"
        "    jz 9f\n"

        /* The copy takes the place of the registers, which are back but for the three that it
           takes to copy. */
        "    movq %rdx, -64(%rbp)\n"
        "    TA_BRING_BACK\n"
        "    movzwl -64(%rbp), %ecx\n"
        "    leaq 24(%rbp), %rsi\n"
        "    movq %rsi, %rsp\n"
        "    subq %rcx, %rsp\n"
        "    movq -64(%rbp), %rcx\n"
        "    shrq $16, %rcx\n"
        "    movq %rsp, %rdi\n"
        "    rep movsq\n"
        "    movq -40(%rbp), %rdi\n"
        "    movq -48(%rbp), %rsi\n"
        "    movq -56(%rbp), %rcx\n"
        "    call *-32(%rbp)\n"
        "    movq %rbp, %rsp\n"
        "    TA_KEEP\n"
        "    leaq -24(%rbp), %rdi\n"
        "    call ta_watch_leave\n"
        "    TA_BRING_BACK_ALL\n"
        "    .cfi_remember_state\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 16\n"
        "    .cfi_restore %rbp\n"
        "    leaq 8(%rsp), %rsp\n"
        "    .cfi_def_cfa_offset 8\n"
        "    ret\n"

        /* The function's address takes the place of the number, and then lies in the red zone. A
           ret to it would not match the shadow stack of a process that has one. */
        "9:  .cfi_restore_state\n"
        "    movq %rax, 8(%rbp)\n"
        "    TA_BRING_BACK_ALL\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 16\n"
        "    .cfi_restore %rbp\n"
        "    leaq 8(%rsp), %rsp\n"
        "    .cfi_def_cfa_offset 8\n"
        "    jmp *-8(%rsp)\n"
        "    .cfi_endproc\n"
        ".size ta_watch_common, . - ta_watch_common\n"

        /* One entry a function, each of 16 bytes: it tells which. It is come to by an indirect
           branch, so that with indirect branch tracking it has to begin with endbr64. */
        ".balign 16\n"
        ".hidden ta_watch_entries\n"
        ".globl ta_watch_entries\n"
        ".type ta_watch_entries, @function\n"
        "ta_watch_entries:\n"
        "    .cfi_startproc\n"
        ".set ta_number, 0\n"
        ".rept 16\n"
        "    .balign 16\n"
        "    .cfi_def_cfa_offset 8\n"
        "    endbr64\n"
        "    pushq $ta_number\n"
        "    .cfi_def_cfa_offset 16\n"
        "    jmp ta_watch_common\n"
        ".set ta_number, ta_number + 1\n"
        ".endr\n"
        "    .cfi_endproc\n"
        ".size ta_watch_entries, . - ta_watch_entries\n"

        /* longjmp and its kin: told, and left by a jump. Their second argument is all that they
           have. */
        ".hidden ta_watch_jump_entries\n"
        ".globl ta_watch_jump_entries\n"
        ".type ta_watch_jump_entries, @function\n"
        ".balign 64\n" /* TA_WATCH_JUMP_ENTRY_BYTES, as between the entries: the first lies here */
        "ta_watch_jump_entries:\n"
        "    .cfi_startproc\n"
        ".set ta_number, 0\n"
        ".rept 4\n"
        "    .balign 64\n"
        "    endbr64\n"
        "    pushq %rdi\n"
        "    .cfi_def_cfa_offset 16\n"
        "    pushq %rsi\n"
        "    .cfi_def_cfa_offset 24\n"
        "    subq $8, %rsp\n"
        "    .cfi_def_cfa_offset 32\n"
        "    call ta_watch_jump\n"
        "    addq $8, %rsp\n"
        "    .cfi_def_cfa_offset 24\n"
        "    popq %rsi\n"
        "    .cfi_def_cfa_offset 16\n"
        "    popq %rdi\n"
        "    .cfi_def_cfa_offset 8\n"
        "    jmp *ta_watch_jump_functions + 8 * ta_number(%rip)\n"
        ".set ta_number, ta_number + 1\n"
        ".endr\n"
        "    .cfi_endproc\n"
        ".size ta_watch_jump_entries, . - ta_watch_jump_entries\n");

void ta_watch_prepare(void) {
    ta_registers_prepare();
}

#else

bool ta_watch_is_blind;

void ta_watch_check(void) {
}

#endif
