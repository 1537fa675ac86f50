/* The allocator that the program would have used without us: whatever comes next in look-up order,
 * glibc's as a rule, but perhaps jemalloc or one of the program's own libraries. */
#define _GNU_SOURCE
#include "count.h"
#include "own_malloc.h"
#include "text.h"
#include "trial.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

static void *first_malloc(size_t size) {
    ta_real_resolve();
    return ta_real.malloc(size);
}

static void *first_calloc(size_t count, size_t size) {
    ta_real_resolve();
    return ta_real.calloc(count, size);
}

static void *first_realloc(void *block, size_t size) {
    ta_real_resolve();
    return ta_real.realloc(block, size);
}

static void first_free(void *block) {
    ta_real_resolve();
    ta_real.free(block);
}

static int first_posix_memalign(void **block, size_t alignment, size_t size) {
    ta_real_resolve();
    return ta_real.posix_memalign(block, alignment, size);
}

static void *first_aligned_alloc(size_t alignment, size_t size) {
    ta_real_resolve();
    return ta_real.aligned_alloc(alignment, size);
}

static void *first_memalign(size_t alignment, size_t size) {
    ta_real_resolve();
    return ta_real.memalign(alignment, size);
}

static void *first_valloc(size_t size) {
    ta_real_resolve();
    return ta_real.valloc(size);
}

static void *first_pvalloc(size_t size) {
    ta_real_resolve();
    return ta_real.pvalloc(size);
}

static size_t first_usable_size(const void *block) {
    ta_real_resolve();
    return ta_real.usable_size ? ta_real.usable_size(block) : 0;
}

/* Pointers rather than a test at each call: until the first call they lead to the search. */
ta_allocator ta_real = {first_malloc,         first_calloc,        first_realloc,  first_free,
                        first_posix_memalign, first_aligned_alloc, first_memalign, first_valloc,
                        first_pvalloc,        first_usable_size,   first_malloc};

/* Stand-ins while the search is under way, should dlsym allocate: it copes with having nothing. */
static void *no_malloc(size_t size) {
    (void)size;
    errno = ENOMEM;
    return NULL;
}

static void *no_calloc(size_t count, size_t size) {
    (void)count;
    return no_malloc(size);
}

static void *no_realloc(void *block, size_t size) {
    (void)block;
    return no_malloc(size);
}

static void no_free(void *block) {
    (void)block;
}

static int no_posix_memalign(void **block, size_t alignment, size_t size) {
    (void)block;
    (void)alignment;
    (void)size;
    return ENOMEM;
}

/* For allocators that have a part of the family only: the missing members by posix_memalign of the
 * same allocator, since a block of one must never reach the free of another. */
static void *memalign_by_posix(size_t alignment, size_t size) {
    size_t power = sizeof(void *);
    while (power < alignment && power << 1)
        power <<= 1;
    void *block = NULL;
    int error = ta_real.posix_memalign(&block, power, size);
    if (error)
        errno = error;
    return error ? NULL : block;
}

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *valloc_by_posix(size_t size) {
    return memalign_by_posix(page_size(), size);
}

static void *pvalloc_by_posix(size_t size) {
    size_t page = page_size();
    if (size > PTRDIFF_MAX - page)
        return no_malloc(size);
    return memalign_by_posix(page, (size + page - 1) / page * page);
}

/* NULL when no module of the loader's has it. Takes the loader's lock: at the start alone. */
static const struct link_map *module_of(const void *address) {
    struct link_map *module = NULL;
    Dl_info info;
    return dladdr1(address, &info, (void **)&module, RTLD_DL_LINKMAP) ? module : NULL;
}

/* The allocator's own member of that name, or NULL when it comes from another library. ISO C has no
 * cast from an object pointer to a function pointer, hence the copies by memcpy below. */
static void *next_of_family(const char *name, void *malloc_address) {
    void *address = dlsym(RTLD_NEXT, name);
    return address && module_of(address) == module_of(malloc_address) ? address : NULL;
}

#define TAKE(member, name, otherwise)                                                              \
    do {                                                                                           \
        void *address_ = next_of_family(name, malloc_address);                                     \
        if (address_)                                                                              \
            memcpy(&found.member, &address_, sizeof address_);                                     \
        else                                                                                       \
            found.member = (otherwise);                                                            \
    } while (0)

static const char *file_of(const struct link_map *module) {
    const char *slash = strrchr(module->l_name, '/');
    return slash ? slash + 1 : module->l_name;
}

/* The allocator's module; NULL when malloc is in no loaded module. */
static const struct link_map *module_of_malloc(void) {
    void *address;
    memcpy(&address, &ta_real.malloc, sizeof address);
    return module_of(address);
}

/* ---- a block's usable size, read from glibc's header instead of asked for ----
 *
 * The word before a block is its chunk's size, a multiple of 16, with three flags in its low bits
 * (glibc's malloc.c, "malloc_chunk"). Of a chunk that was not mapped by itself all but 8 bytes are
 * the program's to use. The first blocks that are asked about are looked at as well, and one whose
 * header says otherwise ends it for good: all are asked about then, as with any other allocator. */
enum { FLAGS = 7, MAPPED = 2, GRAIN = 16, HEAD_BYTES = 8, TRIALS = 64 };

static ta_trial headers = {.assumption = TA_ASSUMPTION_chunk_header};

/* What to ask. */
static size_t (*glibc_usable_size)(const void *block);

static inline uint64_t head_of(const void *block) {
    return ((const uint64_t *)block)[-1];
}

/* Stands in for glibc's. A chunk that was mapped by itself (8 bytes less, until glibc 2.42) says
 * nothing of the others. A header is not even looked at when the size cannot be glibc's. */
static size_t usable_size_on_trial(const void *block) {
    size_t usable = glibc_usable_size(block);
    if (ta_trial_is_on(&headers) && usable % GRAIN != 0) {
        bool is_readable = usable % GRAIN == HEAD_BYTES;
        uint64_t head = is_readable ? head_of(block) : 0;
        if (!(head & MAPPED))
            ta_trial_hear(&headers, (head & ~(uint64_t)FLAGS) == usable + HEAD_BYTES);
    }
    return usable;
}

/* ---- any other allocator's, asked for ----
 *
 * It may allocate when it is asked for the first time (tcmalloc makes its MallocExtension by
 * operator new), and what it allocates is counted by us, who then ask for that block's size:
 * without end. So tcmalloc is asked once at the start, when sizes are not counted yet, and a
 * question within a question has the answer 0. */
static size_t (*others_usable_size)(const void *block);
static __thread volatile bool is_asking __attribute__((tls_model("initial-exec")));

static size_t usable_size_guarded(const void *block) {
    if (is_asking)
        return 0;
    is_asking = true;
    size_t usable = others_usable_size(block);
    is_asking = false;
    return usable;
}

static bool is_tcmalloc(const struct link_map *module) {
    return ta_own_malloc_is_watched || strncmp(file_of(module), "libtcmalloc", 11) == 0;
}

static void guard_usable_size(const struct link_map *module) {
    others_usable_size = ta_real.usable_size;
    ta_real.usable_size = usable_size_guarded;
    bool is_lsan = strncmp(file_of(module), "liblsan.so", 10) == 0;
    if (!is_tcmalloc(module) && !is_lsan)
        return; /* one that wraps another may not be called before its own constructor */
    ta_counters before = ta_slot_early.counters;
    int error = errno;
    void *block = is_lsan ? ta_real.malloc(1) : NULL; /* it crashes when asked about NULL */
    ta_real.usable_size(block);
    ta_real.free(block);
    errno = error;
    ta_slot_early.counters = before; /* without us the program would not have asked */
}

/* tcmalloc's debugging allocator ends the program when it is asked about a large aligned block. */
static bool may_be_asked(const struct link_map *module) {
    return strncmp(file_of(module), "libtcmalloc", 11) != 0 || !strstr(file_of(module), "_debug");
}

/* Valgrind's tools that stand in for malloc do so without a word: what leads to glibc's leads to
 * theirs, whose blocks have no such header. Each of them loads a library of its own. */
static bool is_under_valgrind(const struct link_map *module) {
    while (module->l_prev)
        module = module->l_prev;
    for (; module; module = module->l_next)
        if (strncmp(file_of(module), "vgpreload_", 10) == 0 &&
            strncmp(file_of(module), "vgpreload_core", 14) != 0)
            return true;
    return false;
}

static bool has_headers(void) {
#if defined(__x86_64__)
    const struct link_map *module = module_of_malloc();
    return ta_real.usable_size && module && ta_is_libc(module) && !is_under_valgrind(module);
#else
    return false;
#endif
}

/* A program over mimalloc: our constructor runs before mimalloc's own, and from 3.0 to 3.4.3 its
 * free() cannot be called before that. So its initialization is asked for here. */
static void initialize_mimalloc(void) {
    const struct link_map *module = module_of_malloc();
    void *address = module ? ta_definition_in(module, "mi_process_init") : NULL;
    void (*initialize)(void);
    memcpy((void *)(uintptr_t)&initialize, &address, sizeof address);
    if (initialize)
        initialize();
}

void ta_real_resolve(void) {
    static volatile int state; /* 0 not begun, 1 under way, 2 done; volatile: glibc says leaf */
    if (state != 0)
        return;
    state = 1;
    ta_real.malloc = ta_real.malloc_from_16 = no_malloc;
    ta_real.calloc = no_calloc;
    ta_real.realloc = no_realloc;
    ta_real.free = no_free;
    ta_allocator found = {0};
    void *malloc_address = dlsym(RTLD_NEXT, "malloc");
    memcpy(&found.malloc, &malloc_address, sizeof malloc_address);
    TAKE(calloc, "calloc", no_calloc);
    TAKE(realloc, "realloc", no_realloc);
    TAKE(free, "free", no_free);
    /* From here on a search that fails may allocate its message. */
    ta_real.malloc = ta_real.malloc_from_16 = found.malloc_from_16 = found.malloc;
    ta_real.calloc = found.calloc;
    ta_real.realloc = found.realloc;
    ta_real.free = found.free;
    TAKE(posix_memalign, "posix_memalign", no_posix_memalign);
    TAKE(aligned_alloc, "aligned_alloc", memalign_by_posix);
    TAKE(memalign, "memalign", memalign_by_posix);
    TAKE(valloc, "valloc", valloc_by_posix);
    TAKE(pvalloc, "pvalloc", pvalloc_by_posix);
    TAKE(usable_size, "malloc_usable_size", NULL);
    ta_real = found;
    initialize_mimalloc();
    state = 2;
}

void ta_real_check(void) {
    const struct link_map *module = module_of_malloc();
    if (module && !may_be_asked(module))
        ta_real.usable_size = NULL;
    if (ta_real.usable_size && module && !ta_is_libc(module))
        guard_usable_size(module);
    if (!has_headers())
        return;
    ta_trial_begin(&headers, TRIALS);
    glibc_usable_size = ta_real.usable_size;
    ta_real.usable_size = usable_size_on_trial;
}

/* The program has this allocator without us, too. */
bool ta_real_is_fit(void) {
    return true;
}

void ta_real_describe(char *text) {
    const struct link_map *module = ta_own_malloc_is_watched ? NULL : module_of_malloc();
    bool known = module && ta_is_libc(module);
    const char *other = module ? file_of(module) : ta_own_malloc_is_watched ? "the program's" : "";
    ta_text t = {text, text + TA_LEDGER_ALLOCATOR_MAX - 2}; /* room for the bracket and the zero */
    ta_text_add(&t, "system (");
    ta_text_add(&t, known ? "glibc " : other);
    ta_text_add(&t, known ? gnu_get_libc_version() : "");
    *t.at++ = ')';
    *t.at = 0;
}

bool ta_real_owns(const void *address) {
    (void)address; /* glibc maps by calls that do not come past us */
    return false;
}

/* The program has this allocator without us, too. */
const char *ta_real_foreign_call(void) {
    return NULL;
}

bool ta_real_is_libcs(void) {
    return true;
}

/* Whatever bypasses us is this allocator too. */
void ta_real_expect_foreign(void) {
}

static inline bool know_usable(const void *block, uint64_t *usable) {
    if (!ta_assumption_holds(TA_ASSUMPTION_chunk_header))
        return false;
    uint64_t head = head_of(block);
    *usable = (head & ~(uint64_t)FLAGS) - HEAD_BYTES;
    return TA_LIKELY(!(head & MAPPED));
}

static inline bool know_usable_of_new(const void *block, size_t bytes, uint64_t *usable) {
    (void)bytes; /* blocks of one request differ by what was left over */
    return know_usable(block, usable);
}

void *ta_note_allocated(void *block, size_t bytes) {
    return ta_note_allocated_by(block, bytes, know_usable_of_new);
}

void ta_note_and_free(void *block) {
    ta_note_and_free_by(block, know_usable);
}
