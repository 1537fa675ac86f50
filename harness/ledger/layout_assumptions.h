/* layout_assumptions.h: what the auditor relies on in libc, kernel and allocator, and what it makes
 * up for, as the ledger names them. For layout.h. Plain data. */
#ifndef TA_LEDGER_LAYOUT_ASSUMPTIONS_H
#define TA_LEDGER_LAYOUT_ASSUMPTIONS_H

/* Implementation details of libc, the kernel and the allocator that the auditor relies on. Each is
 * checked in the audited process before it is used; where its check fails, a fallback over
 * documented interfaces is taken.
 * X(name, what is assumed, the fallback) */
#define TA_ASSUMPTION_LIST(X)                                                                      \
    X(find_object, "_dl_find_object() agrees with the program headers",                            \
      "dl_iterate_phdr() at dlopen, dlclose, ticks")                                               \
    X(thread_block, "a thread's control block ends its stack",                                     \
      "the kernel is asked about each stack page")                                                 \
    X(page_probe, "rt_sigprocmask() reads the mask before it refuses",                             \
      "stacks of other threads have one frame")                                                    \
    X(signal_frame, "signal frames are laid out as libc's CFI says",                               \
      "stacks end at the signal handler")                                                          \
    X(jump_buffer, "jmp_buf has the mangled stack pointer as word 6",                              \
      "a left call is closed by an outer event")                                                   \
    X(import_slots, "import slots (GOT) lead into loaded modules",                                 \
      "symbol:NAME of an import is refused")                                                       \
    X(exec_code, "execve() and execveat() begin with their system call",                           \
      "unaudited programs of children are unknown")                                                \
    X(chunk_header, "glibc's chunk header has the block's size",                                   \
      "malloc_usable_size() at each call")                                                         \
    X(errno_offset, "errno lies at one offset from the thread pointer",                            \
      "__errno_location() at each call")                                                           \
    X(allocator_errno, "mimalloc sets errno through known imports only",                           \
      "errno is kept around each call of mimalloc")                                                \
    X(mimalloc_class, "blocks of a size class have one usable size",                               \
      "mi_usable_size() at each allocation")                                                       \
    X(mimalloc_page, "a page's record has its block size (2.0.9)", "mi_usable_size() at each free")

typedef enum ta_assumption {
#define TA_ASSUMPTION_ENUM(name, assumed, fallback) TA_ASSUMPTION_##name,
    TA_ASSUMPTION_LIST(TA_ASSUMPTION_ENUM)
#undef TA_ASSUMPTION_ENUM
        TA_ASSUMPTION_COUNT
} ta_assumption;

typedef enum ta_assumption_state {
    TA_ASSUMPTION_UNUSED = 0,  /* nothing in this process rests on it */
    TA_ASSUMPTION_PENDING = 1, /* to be checked at its first uses; until then the fallback */
    TA_ASSUMPTION_HOLDS = 2,
    TA_ASSUMPTION_FAILED = 3, /* not as assumed: the fallback */
    TA_ASSUMPTION_FORCED = 4  /* the fallback was asked for (TA_FALLBACK_VARIABLE) */
} ta_assumption_state;

/* What an allocator does otherwise than glibc's, found out by asking it; the auditor makes up for
 * it. X(name, what it does) */
#define TA_DEFECT_LIST(X)                                                                          \
    X(small_alignment, "blocks under 16 bytes are aligned to 8")                                   \
    X(aligned_request, "an aligned request got a block aligned to less")                           \
    X(realloc_zero, "realloc(block, 0) returns a block")                                           \
    X(aligned_usable, "the usable size of an aligned block changes")                               \
    X(out_of_segments, "it had no memory where libc's malloc has some")

typedef enum ta_defect {
#define TA_DEFECT_ENUM(name, does) TA_DEFECT_##name,
    TA_DEFECT_LIST(TA_DEFECT_ENUM)
#undef TA_DEFECT_ENUM
        TA_DEFECT_COUNT
} ta_defect;

#endif
