/* The program's own allocator. Each of its functions leads to an entry below (assembly), which
 * keeps all registers: code in one file with the allocator may know which it changes. The entry of
 * a call that the program made counts it; what the allocator calls of itself meanwhile (a calloc
 * its malloc, an operator new its malloc) is called as it is. */
#define _GNU_SOURCE
#include "own_malloc.h"

#include "count.h"
#include "objects.h"
#include "registers.h"
#include "watch.h"

#include <string.h>
#include <unwind.h>

bool ta_own_malloc_is_watched;

#if defined(__x86_64__)

static void *originals[TA_OWN_COUNT]; /* the functions as they were; NULL: it has none */
static ta_allocator own;              /* the family among them */

/* The call of this thread that is counted and under way: on the stack, where its mark tells that it
 * was not left by a longjmp. */
typedef struct own_call {
    uint64_t mark;
} own_call;

static __thread own_call *volatile outermost __attribute__((tls_model("initial-exec")));

static uint64_t mark_of(const own_call *call) {
    return (uint64_t)(uintptr_t)call ^ UINT64_C(0x0a110ca7ed5eed01);
}

static bool is_inside(const void *frame) {
    const own_call *call = outermost;
    return call && (uintptr_t)call > (uintptr_t)frame && call->mark == mark_of(call);
}

bool ta_own_malloc_is_running(void) {
    return ta_own_malloc_is_watched && is_inside(__builtin_frame_address(0));
}

static void begin(own_call *call) {
    call->mark = mark_of(call);
    outermost = call;
}

static void end(own_call *call) {
    call->mark = 0;
    outermost = NULL;
}

/* ---- for our own functions, which call what was there ---- */

#define INSIDE(result, name, PARAMETERS, ...)                                                      \
    static result inside_##name PARAMETERS {                                                       \
        own_call call;                                                                             \
        if (is_inside(__builtin_frame_address(0)))                                                 \
            return own.name(__VA_ARGS__);                                                          \
        begin(&call);                                                                              \
        result value = own.name(__VA_ARGS__);                                                      \
        end(&call);                                                                                \
        return value;                                                                              \
    }

INSIDE(void *, malloc, (size_t size), size)
INSIDE(void *, calloc, (size_t count, size_t size), count, size)
INSIDE(void *, realloc, (void *block, size_t size), block, size)
INSIDE(int, posix_memalign, (void **block, size_t alignment, size_t size), block, alignment, size)
INSIDE(void *, aligned_alloc, (size_t alignment, size_t size), alignment, size)
INSIDE(void *, memalign, (size_t alignment, size_t size), alignment, size)
INSIDE(void *, valloc, (size_t size), size)
INSIDE(void *, pvalloc, (size_t size), size)

static void inside_free(void *block) {
    own_call call;
    bool was_inside = is_inside(__builtin_frame_address(0));
    if (!was_inside)
        begin(&call);
    own.free(block);
    if (!was_inside)
        end(&call);
}

/* ---- calls of the program ---- */

void ta_own_malloc_call(unsigned number, uintptr_t a, uintptr_t b, uintptr_t c, void **frame)
    __attribute__((visibility("hidden"), used));
_Unwind_Reason_Code ta_own_malloc_personality(int version, _Unwind_Action actions, uint64_t class,
                                              struct _Unwind_Exception *exception,
                                              struct _Unwind_Context *context)
    __attribute__((visibility("hidden"), used));

static uintptr_t call_original(unsigned number, uintptr_t a, uintptr_t b, uintptr_t c) {
    uintptr_t (*function)(uintptr_t, uintptr_t, uintptr_t);
    memcpy((void *)(uintptr_t)&function, &originals[number], sizeof function);
    return function(a, b, c);
}

static inline void *pointer(uintptr_t value) {
    return (void *)value; // NOLINT(performance-no-int-to-ptr)
}

#define COUNT(kind, made, bytes)                                                                   \
    do {                                                                                           \
        void *made_ = (made);                                                                      \
        TA_COUNT_ALLOC(slot, kind, made_, (bytes), frame);                                         \
        return (uintptr_t)made_;                                                                   \
    } while (0)

/* An operator new fails by itself, as the language says, when it is asked for more than there is.
 */
static uintptr_t call_new(unsigned number, uintptr_t size, uintptr_t b, uintptr_t c,
                          void *const *frame) {
    bool fails = ta_fault_is_due(size, frame);
    return call_original(number, fails ? (uintptr_t)PTRDIFF_MAX - 4096 : size, b, c);
}

static uintptr_t free_by(unsigned number, uintptr_t a, uintptr_t b, uintptr_t c) {
    ta_slot *slot = ta_slot_here();
    if (a)
        ta_count_free(slot, pointer(a));
    else if (number == TA_OWN_free)
        ta_add(&slot->counters.freed_null, 1);
    if (number == TA_OWN_free)
        ta_real.free(pointer(a));
    else
        (void)call_original(number, a, b, c);
    return 0;
}

static uintptr_t resize_array(uintptr_t block, size_t count, size_t size, void *const *frame) {
    ta_slot *slot = ta_slot_here();
    bool live = block && ta_home.present == TA_HOME_LIVE;
    uint64_t usable = live ? ta_real.usable_size(pointer(block)) : 0;
    uintptr_t moved = call_original(TA_OWN_reallocarray, block, count, size);
    if (block && moved) {
        ta_add(&slot->counters.usable_given, usable);
        if (TA_UNLIKELY(slot->mode != TA_MODE_PLAIN))
            ta_scope_note_free(slot);
        COUNT(resized, pointer(moved), count * size);
    }
    COUNT(allocated, pointer(moved), count * size);
}

static uintptr_t count_call(unsigned number, uintptr_t a, uintptr_t b, uintptr_t c,
                            void *const *frame) {
    ta_slot *slot = ta_slot_here();
    switch (number) {
    case TA_OWN_malloc:
        COUNT(allocated, ta_real.malloc(a), a);
    case TA_OWN_calloc:
        COUNT(zeroed, ta_real.calloc(a, b), a * b);
    case TA_OWN_realloc:
        return (uintptr_t)ta_family_resize(pointer(a), b, frame);
    case TA_OWN_posix_memalign: {
        int error = ta_real.posix_memalign(pointer(a), b, c);
        void *made = error ? NULL : *(void **)pointer(a);
        TA_COUNT_ALLOC(slot, aligned, made, c, frame);
        return (uintptr_t)error;
    }
    case TA_OWN_aligned_alloc:
        COUNT(aligned, ta_real.aligned_alloc(a, b), b);
    case TA_OWN_memalign:
        COUNT(aligned, ta_real.memalign(a, b), b);
    case TA_OWN_valloc:
        COUNT(aligned, ta_real.valloc(a), a);
    case TA_OWN_pvalloc:
        COUNT(aligned, ta_real.pvalloc(a), a);
    case TA_OWN_reallocarray:
        return resize_array(a, b, c, frame);
#define NEW(name) case TA_OWN_##name:
        TA_OWN_NEW_LIST(NEW)
        COUNT(allocated, pointer(call_new(number, a, b, c, frame)), a);
        TA_OWN_NEW_ALIGNED_LIST(NEW)
        COUNT(aligned, pointer(call_new(number, a, b, c, frame)), a);
#undef NEW
    default:
        return free_by(number, a, b, c);
    }
}

static bool is_void(unsigned number) {
    switch (number) {
    case TA_OWN_free:
#define FREE(name) case TA_OWN_##name:
        TA_OWN_FREE_LIST(FREE)
#undef FREE
        return true;
    default:
        return false;
    }
}

enum { RAX_OF_FRAME = -12 }; /* where keep_registers.h has it */

/* From the entry. `frame` is the entry's: the caller's rbp and the return address. */
__attribute__((visibility("hidden"), used)) void
ta_own_malloc_call(unsigned number, uintptr_t a, uintptr_t b, uintptr_t c, void **frame) {
    own_call call;
    uintptr_t value;
    if (is_inside(frame)) {
        value = call_original(number, a, b, c);
    } else {
        begin(&call);
        value = count_call(number, a, b, c, frame);
        end(&call);
    }
    if (!is_void(number)) /* what returns nothing may leave rax as it was */
        frame[RAX_OF_FRAME] = pointer(value);
}

/* An exception passes through (an operator new found no memory). */
_Unwind_Reason_Code ta_own_malloc_personality(int version, _Unwind_Action actions, uint64_t class,
                                              struct _Unwind_Exception *exception,
                                              struct _Unwind_Context *context) {
    (void)version;
    (void)class;
    (void)exception;
    (void)context;
    if (actions & _UA_CLEANUP_PHASE)
        outermost = NULL;
    return _URC_CONTINUE_UNWIND;
}

#include "keep_registers.h"

enum { ENTRY_BYTES = 16 };
_Static_assert((int)TA_OWN_COUNT == 33, "as many as there are entries below");
extern const char ta_own_malloc_entries[] __attribute__((visibility("hidden")));

__asm__(".type ta_own_malloc_common, @function\n"
        "ta_own_malloc_common:\n"
        "    .cfi_startproc\n"
        "    .cfi_personality 0x1b, ta_own_malloc_personality\n"
        "    .cfi_def_cfa %rbp, 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    TA_KEEP\n"
        "    movq %rdx, %rcx\n"
        "    movq %rsi, %rdx\n"
        "    movq %rdi, %rsi\n"
        "    movl -8(%rbp), %edi\n"
        "    movq %rbp, %r8\n"
        "    call ta_own_malloc_call\n"
        "    TA_BRING_BACK_ALL\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    .cfi_restore %rbp\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size ta_own_malloc_common, . - ta_own_malloc_common\n"

        ".balign 16\n"
        ".hidden ta_own_malloc_entries\n"
        ".globl ta_own_malloc_entries\n"
        ".type ta_own_malloc_entries, @function\n"
        "ta_own_malloc_entries:\n"
        "    .cfi_startproc\n"
        ".set ta_number, 0\n"
        ".rept 33\n"
        "    .balign 16\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    .cfi_restore %rbp\n"
        "    endbr64\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    pushq $ta_number\n"
        "    jmp ta_own_malloc_common\n"
        ".set ta_number, ta_number + 1\n"
        ".endr\n"
        "    .cfi_endproc\n"
        ".size ta_own_malloc_entries, . - ta_own_malloc_entries\n");

/* ---- the start ---- */

static bool fits(const ta_ledger *ledger) {
    bool any = false;
    for (unsigned i = 0; i < TA_OWN_COUNT; i++) {
        const ta_patch_code *code = &ledger->own_family[i];
        if (code->address && !ta_patch_fits(code))
            return false;
        any |= code->address != 0;
    }
    return any && ledger->own_malloc;
}

static bool patch(const ta_ledger *ledger) {
    for (unsigned i = 0; i < TA_OWN_COUNT; i++) {
        const ta_patch_code *code = &ledger->own_family[i];
        if (!code->address)
            continue;
        originals[i] = ta_patch(code, TA_LEDGER_WATCHED_MAX + i,
                                ta_own_malloc_entries + (size_t)i * ENTRY_BYTES);
        if (!originals[i])
            return false;
    }
    return true;
}

/* What the program does not define stays as ta_foreign_adopt() has it; but a memalign that it took
 * from aligned_alloc is the same from here. */
static void take_over(void) {
#define TAKE(name)                                                                                 \
    if (originals[TA_OWN_##name]) {                                                                \
        memcpy((void *)(uintptr_t)&own.name, &originals[TA_OWN_##name], sizeof own.name);          \
        ta_real.name = inside_##name;                                                              \
    }
    TA_OWN_FAMILY_LIST(TAKE)
#undef TAKE
    if (originals[TA_OWN_aligned_alloc] && !originals[TA_OWN_memalign])
        ta_real.memalign = inside_aligned_alloc;
    ta_real.malloc_from_16 = ta_real.malloc;
    if (!ta_definition_in(ta_objects_first(), "malloc_usable_size"))
        ta_real.usable_size = NULL; /* libc's knows libc's blocks alone */
}

bool ta_own_malloc_watch(const ta_ledger *ledger) {
    ta_registers_prepare();
    if (!fits(ledger) || !patch(ledger))
        return false;
    take_over();
    ta_is_foreign = false;
    ta_own_malloc_is_watched = true;
    return true;
}

#else

bool ta_own_malloc_watch(const ta_ledger *ledger) {
    (void)ledger;
    return false;
}

bool ta_own_malloc_is_running(void) {
    return false;
}

#endif
