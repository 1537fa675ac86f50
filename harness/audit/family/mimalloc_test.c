/* The self-test of the mimalloc underneath: whether its blocks are memory, and what it does
 * otherwise than glibc's malloc. A build of it, or a version, that is broken is then named, before
 * any code of the program has run over it. */
#define _GNU_SOURCE
#include "assumptions.h"
#include "audit.h"
#include "elf_tables.h"
#include "objects.h"
#include "own_errno.h"

#include <mimalloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_filled(const unsigned char *block, size_t bytes, unsigned char with) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != with)
            return false;
    }
    return true;
}

/* Two blocks of a size are aligned, as long as asked, and apart. */
static bool gives_memory(size_t size) {
    unsigned char *a = mi_malloc(size), *b = mi_malloc(size);
    bool good = a && b && a != b && (uintptr_t)a % 8 == 0 && (uintptr_t)b % 8 == 0 &&
                mi_usable_size(a) >= size && mi_usable_size(b) >= size;
    if (good) {
        memset(a, 0x11, size);
        memset(b, 0x22, size);
        good = is_filled(a, size, 0x11) && is_filled(b, size, 0x22);
    }
    mi_free(a);
    mi_free(b);
    return good;
}

/* The blocks that were just given back were written to. */
static bool gives_zeroes(size_t size) {
    unsigned char *block = mi_zalloc(size);
    bool good = block && is_filled(block, size, 0);
    mi_free(block);
    return good;
}

static bool keeps_contents(size_t size) {
    unsigned char *block = mi_malloc(size);
    if (!block)
        return false;
    memset(block, 0x33, size);
    unsigned char *moved = mi_realloc(block, size * 3);
    bool good = moved && is_filled(moved, size, 0x33);
    mi_free(moved ? moved : block);
    return good;
}

/* What comes back aligned to less is a defect that is made up for (see real_mimalloc.c). */
static bool gives_aligned(size_t alignment) {
    enum { SIZE = 40 };
    void *block = mi_malloc_aligned(SIZE, alignment);
    bool good = block && mi_usable_size(block) >= SIZE;
    mi_free(block);
    return good;
}

/* Whether the usable size of aligned blocks stays the same while more are made. From 3.0.1 on
 * pages that are full are handed back, and what mi_usable_size() reads of them then says nothing of
 * blocks that begin within another. Those of 2.x stay with their thread. */
static bool has_steady_usable_sizes(void) {
    enum { FIRST_TO_TRY = 300, BLOCKS = 96, SIZE = 16, ALIGNMENT = 2048 };
    void *blocks[BLOCKS];
    size_t usable[BLOCKS];
    bool steady = true;
    if (mi_version() < FIRST_TO_TRY)
        return true;
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = mi_malloc_aligned(SIZE, ALIGNMENT);
        usable[i] = mi_usable_size(blocks[i]);
    }
    for (int i = 0; i < BLOCKS; i++)
        steady = steady && mi_usable_size(blocks[i]) == usable[i];
    for (int i = 0; i < BLOCKS; i++)
        mi_free(blocks[i]);
    return steady;
}

static void find_defects(void) {
    if (!has_steady_usable_sizes())
        ta_defect_note(TA_DEFECT_aligned_usable);
    void *a = mi_malloc(1), *b = mi_malloc(1), *left = mi_realloc(mi_malloc(1), 0);
    if ((uintptr_t)a % 16 != 0 || (uintptr_t)b % 16 != 0)
        ta_defect_note(TA_DEFECT_small_alignment);
    if (left)
        ta_defect_note(TA_DEFECT_realloc_zero);
    mi_free(a);
    mi_free(b);
    mi_free(left);
}

static bool is_limited(void) {
    static const int resources[] = {RLIMIT_DATA, RLIMIT_AS};
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        struct rlimit limit;
        if (syscall(SYS_prlimit64, 0, resources[i], NULL, &limit) == 0 &&
            limit.rlim_cur != RLIM_INFINITY)
            return true;
    }
    return false;
}

bool ta_real_is_fit(void) {
    static const size_t sizes[] = {1, 16, 24, 100, 1000, 5000, 40000};
    static const size_t alignments[] = {16, 64, 4096};
    int before = ta_errno_get();
    bool fit = true;
    void *any = mi_malloc(1);
    if (!any) { /* under a limit libc's malloc stands in (real_mimalloc.c) */
        ta_errno_set(before);
        return is_limited();
    }
    mi_free(any);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && fit; i++)
        fit = gives_memory(sizes[i]) && gives_zeroes(sizes[i]) && keeps_contents(sizes[i]);
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments && fit; i++)
        fit = gives_aligned(alignments[i]);
    if (fit)
        find_defects();
    ta_errno_set(before);
    return fit;
}

/* ---- other allocators beside it ---- */

/* Functions of jemalloc and tcmalloc that nobody interposes: the blocks that they give are of
 * another heap, and come to free and realloc all the same. */
static const char *const foreign[] = {"mallocx",   "rallocx",   "dallocx",   "sdallocx",
                                      "tc_malloc", "tc_calloc", "je_malloc", "je_calloc"};

static bool is_foreign(const char *name) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (strcmp(foreign[i], name) == 0)
            return true;
    return false;
}

static const char *foreign_import_of(const struct link_map *module) {
    ta_elf_tables t = ta_elf_tables_of(module->l_ld);
    for (int table = 0; t.symbols && t.names && table < TA_ELF_RELOCATIONS; table++) {
        const ElfW(Rela) *r = t.relocations[table];
        for (size_t i = 0; r && i < t.counts[table]; i++) {
            const ElfW(Sym) *symbol = &t.symbols[ELF64_R_SYM(r[i].r_info)];
            const char *name = t.names + symbol->st_name;
            if (symbol->st_shndx == SHN_UNDEF && ta_elf_is_slot(&r[i]) && is_foreign(name))
                return name;
        }
    }
    return NULL;
}

static bool is_any_defined(void) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (ta_definition_of(foreign[i], NULL))
            return true;
    return false;
}

const char *ta_real_foreign_call(void) {
    const char *name = NULL;
    const struct link_map *module = is_any_defined() ? ta_objects_first() : NULL;
    for (; module && !name; module = module->l_next)
        name = foreign_import_of(module);
    return name;
}
