/* mimalloc 2.0 to 3.x underneath, made to behave as glibc's malloc does: blocks under 16 bytes
 * aligned like all others, every alignment kept, ENOMEM on failure, errno untouched on success, and
 * glibc's realloc(block, 0). Which of these a version lacks is found out (TA_DEFECT_LIST). */
#define _GNU_SOURCE
#include "count.h"
#include "mimalloc_usable.h"
#include "objects.h"
#include "own_errno.h"
#include "text.h"

#include <dlfcn.h>
#include <errno.h>
#include <mimalloc.h>
#include <string.h>
#include <unistd.h>

enum { SMALLEST = 16 }; /* alignof(max_align_t): mimalloc aligns smaller blocks to 8 only */

static inline size_t at_least_smallest(size_t size) {
    return size < SMALLEST ? SMALLEST : size;
}

/* ---- libc's malloc, where mimalloc has no memory ----
 *
 * mimalloc takes memory by segments of 32 MiB: under a smaller limit (RLIMIT_DATA, RLIMIT_AS) it
 * has none for a request of 16 bytes. glibc's heap grows by 132 KiB, so a program without us would
 * have got it. From the first such block on each block is looked up (ta_real_expect_foreign). */
static void *(*libc_malloc)(size_t size);
static void *(*libc_calloc)(size_t count, size_t size);
static void *(*libc_memalign)(size_t alignment, size_t size);

/* A block that libc had: from now on all are looked up. */
static void *as_spare(void *block) {
    if (!block)
        return NULL;
    ta_real_expect_foreign();
    ta_defect_note(TA_DEFECT_out_of_segments);
    return block;
}

void *ta_mimalloc_spare(size_t size) {
    return libc_malloc ? as_spare(libc_malloc(size)) : NULL;
}

/* Whatever mimalloc did to errno meanwhile, the caller sees its own value, or ENOMEM. */
static inline void *settled(void *block, int before) {
    ta_errno_set(TA_LIKELY(block != NULL) ? before : ENOMEM);
    return block;
}

static void *mended_malloc(size_t size) {
    int before = ta_errno_get();
    return settled(mi_malloc(at_least_smallest(size)), before);
}

/* Where mimalloc has an errno of its own: the caller sees to ENOMEM (ta_note_allocated). */
static void *lean_malloc(size_t size) {
    return mi_malloc(at_least_smallest(size));
}

static void *mended_calloc(size_t count, size_t size) {
    int before = ta_errno_get();
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return settled(NULL, before);
    void *block = mi_zalloc(at_least_smallest(bytes));
    if (TA_UNLIKELY(!block) && libc_calloc)
        block = as_spare(libc_calloc(1, bytes));
    return settled(block, before);
}

static void mended_free(void *block) {
    int before = ta_errno_get();
    mi_free(block);
    ta_errno_set(before);
}

/* glibc's realloc(block, 0) frees. */
static void *mended_realloc(void *block, size_t size) {
    int before = ta_errno_get();
    if (block && size == 0) {
        mended_free(block);
        return NULL;
    }
    void *moved = mi_realloc(block, at_least_smallest(size));
    if (TA_UNLIKELY(!moved) && (moved = ta_mimalloc_spare(size)) && block) {
        size_t kept = mi_usable_size(block);
        memcpy(moved, block, kept < size ? kept : size);
        mi_free(block);
    }
    return settled(moved, before);
}

static bool is_aligned(const void *block, size_t alignment) {
    return (uintptr_t)block % alignment == 0;
}

/* 2.0.9 answers a request of 128 < alignment <= 1024, when the size is a power of two between the
 * two, with a block of the size class, which is aligned to 128 only; now and then by more. One byte
 * more takes it off that path. So what comes back is looked at, whatever the version. */
static void *aligned_by_detour(void *block, size_t alignment, size_t size) {
    ta_defect_note(TA_DEFECT_aligned_request);
    mi_free(block);
    block = mi_malloc_aligned(size + 1, alignment);
    if (!block || is_aligned(block, alignment))
        return block;
    mi_free(block);
    return NULL;
}

static void *aligned(size_t alignment, size_t size) {
    int before = ta_errno_get();
    if (size > PTRDIFF_MAX - alignment)
        return settled(NULL, before);
    size = at_least_smallest(size);
    void *block = mi_malloc_aligned(size, alignment);
    if (TA_UNLIKELY(block && !is_aligned(block, alignment)))
        block = aligned_by_detour(block, alignment, size);
    if (TA_UNLIKELY(!block) && libc_memalign)
        block = as_spare(libc_memalign(alignment, size));
    return settled(block, before);
}

/* glibc rounds an alignment that is no power of two up to the next one. */
static void *mended_memalign(size_t alignment, size_t size) {
    size_t power = SMALLEST;
    while (power < alignment) {
        power <<= 1;
        if (power == 0) {
            errno = EINVAL;
            return NULL;
        }
    }
    return aligned(power, size);
}

static int mended_posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *made = mended_memalign(alignment, size); /* leaves ENOMEM in errno, as glibc does */
    if (!made)
        return ENOMEM;
    *block = made;
    return 0;
}

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *mended_valloc(size_t size) {
    return aligned(page_size(), size);
}

static void *mended_pvalloc(size_t size) {
    size_t page = page_size();
    if (size > PTRDIFF_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return aligned(page, (size + page - 1) / page * page);
}

/* The first call of all finds errno; then the pointers lead past this. */
static void *first_malloc(size_t size) {
    ta_real_resolve();
    return mended_malloc(size);
}

static void *first_calloc(size_t count, size_t size) {
    ta_real_resolve();
    return mended_calloc(count, size);
}

static void *first_realloc(void *block, size_t size) {
    ta_real_resolve();
    return mended_realloc(block, size);
}

static void first_free(void *block) {
    ta_real_resolve();
    mended_free(block);
}

static int first_posix_memalign(void **block, size_t alignment, size_t size) {
    ta_real_resolve();
    return mended_posix_memalign(block, alignment, size);
}

static void *first_memalign(size_t alignment, size_t size) {
    ta_real_resolve();
    return mended_memalign(alignment, size);
}

static void *first_valloc(size_t size) {
    ta_real_resolve();
    return mended_valloc(size);
}

static void *first_pvalloc(size_t size) {
    ta_real_resolve();
    return mended_pvalloc(size);
}

ta_allocator ta_real = {first_malloc,         first_calloc,   first_realloc,  first_free,
                        first_posix_memalign, first_memalign, first_memalign, first_valloc,
                        first_pvalloc,        mi_usable_size, first_malloc};

static const ta_allocator mended = {mended_malloc,   mended_calloc,         mended_realloc,
                                    mended_free,     mended_posix_memalign, mended_memalign,
                                    mended_memalign, mended_valloc,         mended_pvalloc,
                                    mi_usable_size,  mended_malloc};

/* Once foreign blocks may come, each block is looked up; before that nobody pays for it. */
static void (*libc_free)(void *block);
static void *(*libc_realloc)(void *block, size_t size);
static size_t (*libc_usable_size)(const void *block);

/* mimalloc 2 knows its blocks by a map of the addresses below 20 TiB only. Blocks of more than a
 * gigabyte lie above: each begins a page, behind a header that ends with zeroes. A block of libc's
 * has its size there, which is never 0 (malloc.c, "malloc_chunk"). */
static bool is_above_map(const void *block) {
    enum { FIRST_WITH_FULL_MAP = 300, PAGE = 4096 };
    return (uintptr_t)block % PAGE == 0 && mi_version() < FIRST_WITH_FULL_MAP &&
           ((const uint64_t *)block)[-1] == 0;
}

static bool is_libcs(const void *block) {
    return block && !mi_is_in_heap_region(block) && !is_above_map(block);
}

static void either_free(void *block) {
    if (is_libcs(block))
        libc_free(block);
    else
        mended_free(block);
}

static void *either_realloc(void *block, size_t size) {
    return is_libcs(block) ? libc_realloc(block, size) : mended_realloc(block, size);
}

static size_t either_usable_size(const void *block) {
    return is_libcs(block) ? libc_usable_size(block) : mi_usable_size(block);
}

/* The version makes the look-up pass by mimalloc's functions of the same names. */
static bool find_in_libc(const char *name, void *function) {
    void *address = dlvsym(RTLD_NEXT, name, "GLIBC_2.2.5");
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

/* Once, at the start: a look-up that is made when there is no memory could allocate. */
static bool find_libc(void) {
    bool found = find_in_libc("free", &libc_free) && find_in_libc("realloc", &libc_realloc) &&
                 find_in_libc("malloc_usable_size", &libc_usable_size);
    return found && find_in_libc("malloc", &libc_malloc) && find_in_libc("calloc", &libc_calloc) &&
           find_in_libc("memalign", &libc_memalign);
}

bool ta_real_is_libcs(void) {
    return false;
}

void ta_real_expect_foreign(void) {
    if (!libc_free || !libc_realloc || !libc_usable_size || ta_real.free == either_free)
        return;
    ta_real.free = either_free;
    ta_real.realloc = either_realloc;
    ta_real.usable_size = either_usable_size;
    ta_assumption_settle(TA_ASSUMPTION_mimalloc_page, false);
}

/* What of libmimalloc is mapped: its own calls of mmap come past us. Before that is known, at the
 * start, nobody else calls it. */
static const char *library_begin, *library_end = (const char *)UINTPTR_MAX;

/* mimalloc's own constructor runs after ours (-z initfirst), and from 3.0 to 3.4.3 mi_free() looks
 * a block's page up in a table that is made there, even for NULL (microsoft/mimalloc#1341). So it
 * is initialized here, before its first call. */
void ta_real_resolve(void) {
    static bool is_resolved;
    if (is_resolved)
        return;
    is_resolved = true;
    int before = errno;
    mi_process_init();
    ta_real = mended;
    errno = before;
}

/* An allocation that fails leaves the program's errno alone, and mimalloc's own has the reason. Not
 * tried when mimalloc was asked to write of failures. */
static bool keeps_errno(void) {
    enum { SENTINEL = 12345 };
    if (mi_option_is_enabled(mi_option_show_errors) || mi_option_is_enabled(mi_option_verbose))
        return true;
    ta_errno_set(SENTINEL);
    return mi_malloc(PTRDIFF_MAX) == NULL && ta_errno_get() == SENTINEL;
}

static void give_own_errno(const void *library) {
    if (!ta_own_errno_give(library))
        return;
    bool kept = keeps_errno();
    ta_assumption_settle(TA_ASSUMPTION_allocator_errno, kept);
    if (!kept)
        return;
    ta_real.malloc = lean_malloc;
    ta_real.malloc_from_16 = mi_malloc;
    ta_real.free = mi_free;
}

void ta_real_check(void) {
    const void *library = (const void *)(uintptr_t)mi_malloc;
    ta_object object;
    int before = errno;
    ta_errno_find();
    if (!find_libc()) {
        libc_malloc = NULL;
        libc_calloc = NULL;
        libc_memalign = NULL;
    }
    ta_mimalloc_check_usable();
    give_own_errno(library);
    bool found = ta_object_find(library, &object);
    library_begin = found ? object.begin : NULL;
    library_end = found ? object.end : NULL;
    errno = before;
}

bool ta_real_owns(const void *address) {
    return (const char *)address >= library_begin && (const char *)address < library_end;
}

/* 209 is 2.0.9, and from 3.4 on 30600 is 3.6.0. */
void ta_real_describe(char *text) {
    ta_text t = {text, text + TA_LEDGER_ALLOCATOR_MAX - 1};
    unsigned version = (unsigned)mi_version(), base = version < 1000 ? 10 : 100;
    ta_text_add(&t, "mimalloc ");
    ta_text_add_number(&t, version / base / base, 10);
    ta_text_add(&t, ".");
    ta_text_add_number(&t, version / base % base, 10);
    ta_text_add(&t, ".");
    ta_text_add_number(&t, version % base, 10);
    *t.at = 0;
}
