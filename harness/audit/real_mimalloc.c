/* mimalloc underneath, with the mends that Debian's 2.0.9 needs to stand in for glibc's malloc:
 * blocks under 16 bytes aligned like all others, alignments between 128 and 1024 kept, ENOMEM on
 * failure, errno untouched on success, and glibc's realloc(block, 0). */
#define _GNU_SOURCE
#include "count.h"
#include "own_errno.h"
#include "trial.h"

#include <dlfcn.h>
#include <errno.h>
#include <mimalloc.h>
#include <string.h>
#include <unistd.h>

enum { SMALLEST = 16 }; /* alignof(max_align_t): mimalloc aligns smaller blocks to 8 only */

/* How far a thread's errno is from the thread's own place: the same in all threads, since libc's
 * thread-local block is static. Asking libc each time is a call, and each pair would make two. */
#if defined(__x86_64__)
static ptrdiff_t errno_distance;

static void find_errno(void) {
    char *thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    errno_distance = (char *)&errno - thread;
}

static inline int get_errno(void) {
    int value;
    __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(errno_distance) : "memory");
    return value;
}

static inline void set_errno(int value) {
    __asm__ volatile("movl %0, %%fs:(%1)" : : "r"(value), "r"(errno_distance) : "memory");
}
#else
static void find_errno(void) {
}

static inline int get_errno(void) {
    return errno;
}

static inline void set_errno(int value) {
    errno = value;
}
#endif

static inline size_t at_least_smallest(size_t size) {
    return size < SMALLEST ? SMALLEST : size;
}

/* Whatever mimalloc did to errno meanwhile, the caller sees its own value, or ENOMEM. */
static inline void *settled(void *block, int before) {
    set_errno(TA_LIKELY(block != NULL) ? before : ENOMEM);
    return block;
}

static void *mended_malloc(size_t size) {
    int before = get_errno();
    return settled(mi_malloc(at_least_smallest(size)), before);
}

/* Where mimalloc has an errno of its own: the caller sees to ENOMEM (ta_note_allocated). */
static void *lean_malloc(size_t size) {
    return mi_malloc(at_least_smallest(size));
}

static void *mended_calloc(size_t count, size_t size) {
    int before = get_errno();
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return settled(NULL, before);
    return settled(mi_zalloc(at_least_smallest(bytes)), before);
}

static void mended_free(void *block) {
    int before = get_errno();
    mi_free(block);
    set_errno(before);
}

static void *mended_realloc(void *block, size_t size) {
    int before = get_errno();
    if (block && size == 0) {
        mended_free(block);
        return NULL;
    }
    return settled(mi_realloc(block, at_least_smallest(size)), before);
}

/* 2.0.9 takes a block of a size class for an aligned request of 128 < alignment <= 1024 when the
 * size is a power of two between the two, though the class is aligned to 128 only. One byte more
 * leads it to the right path. */
static void *aligned(size_t alignment, size_t size) {
    enum { CLASS_MAX = 1024 };
    int before = get_errno();
    if (size > PTRDIFF_MAX - alignment)
        return settled(NULL, before);
    size = at_least_smallest(size);
    if (alignment > 128 && size <= CLASS_MAX && (size & (size - 1)) == 0)
        size += 1;
    return settled(mi_malloc_aligned(size, alignment), before);
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
    int before = get_errno();
    void *made = mended_memalign(alignment, size);
    set_errno(before); /* it reports by its value alone */
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

/* The usable size of a block that is given back, read where mimalloc 2.0.9 itself does to find the
 * page of a block and the size of its blocks (mimalloc-types.h and -internal.h: mi_segment_t,
 * mi_slice_t, mi_page_t). Of any other version each is asked for; so are blocks of a page where
 * some were aligned within theirs, and huge ones. The first blocks are asked for as well, and one
 * that disagrees ends it for good. */
enum {
    VERSION_KNOWN = 209,
    SEGMENT_BYTES = 32 << 20,
    SLICE_SHIFT = 16,
    SLICES_AT = 0x108, /* in the segment; a page's record is that of its first slice */
    SLICE_BYTES = 0x50,
    SLICE_OFFSET_AT = 4, /* in a slice: uint32_t, how many bytes before it the page's record is */
    FLAGS_AT = 0x0e,     /* in the page: uint8_t */
    HAS_ALIGNED = 2,
    BLOCK_BYTES_AT = 0x1c, /* uint32_t */
    HUGE_BYTES = 1 << 30,
    TRIALS = 64
};

static ta_trial pages;

static inline bool know_usable(const void *block, uint64_t *usable) {
    uintptr_t at = (uintptr_t)block, segment = (at - 1) & ~(uintptr_t)(SEGMENT_BYTES - 1);
    uintptr_t slice = segment + SLICES_AT + ((at - segment) >> SLICE_SHIFT) * SLICE_BYTES;
    uintptr_t page = slice - *(const uint32_t *)(slice + SLICE_OFFSET_AT);
    *usable = *(const uint32_t *)(page + BLOCK_BYTES_AT);
    return TA_LIKELY(!(*(const uint8_t *)(page + FLAGS_AT) & HAS_ALIGNED)) &&
           TA_LIKELY(*usable < HUGE_BYTES);
}

static inline bool know_usable_if_believed(const void *block, uint64_t *usable) {
    return ta_trial_is_won(&pages) && know_usable(block, usable);
}

/* Stands in for mi_usable_size where pages are on trial. */
static size_t usable_size_on_trial(const void *block) {
    size_t asked = mi_usable_size(block);
    uint64_t read;
    if (ta_trial_is_on(&pages) && know_usable(block, &read))
        ta_trial_hear(&pages, read == asked);
    return asked;
}

/* Once foreign blocks may come, each block is looked up; before that nobody pays for it. */
static void (*libc_free)(void *block);
static void *(*libc_realloc)(void *block, size_t size);
static size_t (*libc_usable_size)(const void *block);

static void either_free(void *block) {
    if (!block || mi_is_in_heap_region(block))
        mended_free(block);
    else
        libc_free(block);
}

static void *either_realloc(void *block, size_t size) {
    if (!block || mi_is_in_heap_region(block))
        return mended_realloc(block, size);
    return libc_realloc(block, size);
}

static size_t either_usable_size(const void *block) {
    return mi_is_in_heap_region(block) ? mi_usable_size(block) : libc_usable_size(block);
}

/* The version makes the look-up pass by mimalloc's functions of the same names. */
static bool find_in_libc(const char *name, void *function) {
    void *address = dlvsym(RTLD_NEXT, name, "GLIBC_2.2.5");
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

void ta_real_expect_foreign(void) {
    if (!find_in_libc("free", &libc_free) || !find_in_libc("realloc", &libc_realloc) ||
        !find_in_libc("malloc_usable_size", &libc_usable_size))
        return;
    ta_real.free = either_free;
    ta_real.realloc = either_realloc;
    ta_real.usable_size = either_usable_size;
    ta_trial_lose(&pages);
}

/* The pages of libmimalloc, whose own calls of mmap come past us. */
static const void *library_begin, *library_end;

/* mimalloc's own constructor runs after ours (-z initfirst), and from 3.0 to 3.4.3 mi_free() looks a
 * block's page up in a table that is made there, even for NULL (microsoft/mimalloc#1341). So it is
 * initialized here, before its first call. */
void ta_real_resolve(void) {
    static bool is_resolved;
    struct dl_find_object in;
    void *address = (void *)(uintptr_t)mi_malloc;
    if (is_resolved)
        return;
    is_resolved = true;
    find_errno();
    int before = get_errno();
    mi_process_init();
    ta_real = mended;
    if (mi_version() == VERSION_KNOWN) {
        ta_trial_begin(&pages, TRIALS);
        ta_real.usable_size = usable_size_on_trial;
    }
    if (ta_own_errno_give(address)) {
        ta_real.malloc = lean_malloc;
        ta_real.malloc_from_16 = mi_malloc;
        ta_real.free = mi_free;
    }
    if (_dl_find_object(address, &in) == 0) {
        library_end = in.dlfo_map_end;
        library_begin = in.dlfo_map_start;
    }
    set_errno(before);
}

bool ta_real_owns(const void *address) {
    return address >= library_begin && address < library_end;
}

void ta_real_describe(char *text) {
    int version = mi_version(); /* 209 for 2.0.9 */
    static const char form[] = "mimalloc 0.0.0";
    memcpy(text, form, sizeof form);
    text[9] = (char)('0' + version / 100 % 10);
    text[11] = (char)('0' + version / 10 % 10);
    text[13] = (char)('0' + version % 10);
}

/* ---- usable sizes, known instead of asked for ----
 *
 * Of a new block: up to CLASS_BYTES_MAX (MI_SMALL_SIZE_MAX) mimalloc finds one by its size class
 * alone, and each block of a class has the same usable size. It is asked for once, and known by
 * (bytes + 7) / 8 from then on; two threads that see a class for the first time write the same. */
enum { CLASS_BYTES_MAX = 1024 };

static uint16_t usable_of_class[CLASS_BYTES_MAX / 8 + 1];

static __attribute__((noinline)) void *first_of_class(void *block, size_t bytes) {
    usable_of_class[(bytes + 7) / 8] = (uint16_t)mi_usable_size(block);
    return ta_note_allocated_in_general(block, bytes);
}

static inline bool know_usable_of_new(const void *block, size_t bytes, uint64_t *usable) {
    (void)block;
    *usable = bytes <= CLASS_BYTES_MAX ? usable_of_class[(bytes + 7) / 8] : 0;
    return *usable != 0;
}

static __attribute__((noinline)) void *note_unusual(void *block, size_t bytes) {
    if (!block) {
        set_errno(ENOMEM); /* lean_malloc leaves that to us */
        return ta_note_allocated_in_general(block, bytes);
    }
    return bytes <= CLASS_BYTES_MAX ? first_of_class(block, bytes)
                                    : ta_note_allocated_in_general(block, bytes);
}

void *ta_note_allocated(void *block, size_t bytes) {
    uint64_t usable;
    if (TA_UNLIKELY(!block || !know_usable_of_new(block, bytes, &usable)))
        return note_unusual(block, bytes);
    return ta_note_allocated_by(block, bytes, know_usable_of_new);
}

void ta_note_and_free(void *block) {
    ta_note_and_free_by(block, know_usable_if_believed);
}
