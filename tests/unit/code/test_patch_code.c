/* Functions written by hand whose beginning is moved by the auditor's own patch.c: they do what
 * they did, by executing them, and each call comes past a counter first.
 *
 * The memory of a test stands for the program: `region` is what its file says is at address 0. */
#define _GNU_SOURCE
#include "patch_code.h"

#include <criterion/criterion.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "audit.h"
#include "objects.h"
#include "patch_promises.h"
#include "watch.h"

enum {
    PAGE = 4096,
    CODE_AT = 64,      /* the function under test */
    HELPER_AT = 1024,  /* returns its return address */
    ENTRIES_AT = 2048, /* where patched functions lead to: a counter, then the moved code */
    ENTRY_BYTES = 32,
    DATA_AT = PAGE,       /* a page that stays writable */
    MOVED_AT = PAGE + 64, /* where the moved code lies, by the function's number */
    NUMBER_AT = PAGE + 512,
    REGION_BYTES = 2 * PAGE
};

typedef long function(long a, long b);

static uint8_t *region;
static struct link_map program;

/* ---- what patch.c asks the auditor ---- */

const struct link_map *ta_objects_first(void) {
    return &program;
}

bool ta_object_find(const void *address, ta_object *found) {
    const char *begin = (const char *)region;
    *found = (ta_object){.begin = begin, .end = begin + PAGE};
    return (const char *)address >= begin && (const char *)address < begin + PAGE;
}

void ta_locking_spares(const void *mapped, size_t bytes) {
    (void)mapped;
    (void)bytes;
}

/* ---- a program ---- */

static void make(void) {
    static const uint8_t helper[] = {0x48, 0x8b, 0x04, 0x24, 0xc3}; /* mov (%rsp), %rax; ret */
    region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(region, MAP_FAILED);
    memset(region, 0xcc, PAGE);
    memcpy(region + HELPER_AT, helper, sizeof helper);
    program.l_addr = (uintptr_t)region;
}

static void drop(void) {
    munmap(region, REGION_BYTES);
}

TestSuite(patch_code, .init = make, .fini = drop);

static void protect(int protection) {
    cr_assert_eq(mprotect(region, PAGE, protection), 0);
}

/* A distance of four bytes, counted from the instruction's end at `end`. */
static void put_distance(unsigned at, unsigned end, unsigned target) {
    int32_t distance = (int32_t)target - (int32_t)end;
    memcpy(region + at, &distance, sizeof distance);
}

/* incq counter(%rip); jmp *moved(%rip) */
static const void *put_entry(unsigned number) {
    static const uint8_t entry[] = {0x48, 0xff, 0x05, 0, 0, 0, 0, 0xff, 0x25, 0, 0, 0, 0};
    unsigned at = ENTRIES_AT + number * ENTRY_BYTES;
    memcpy(region + at, entry, sizeof entry);
    put_distance(at + 3, at + 7, DATA_AT);
    put_distance(at + 9, at + 13, MOVED_AT + 8 * number);
    return region + at;
}

static uint64_t calls(void) {
    uint64_t count;
    memcpy(&count, region + DATA_AT, sizeof count);
    return count;
}

static function *function_at(unsigned at) {
    uintptr_t address = (uintptr_t)region + at;
    function *code;
    memcpy(&code, &address, sizeof code);
    return code;
}

static void put_code(unsigned at, const uint8_t *code, size_t count) {
    protect(PROT_READ | PROT_WRITE);
    memcpy(region + at, code, count);
}

static void patch(unsigned at, uint64_t count, uint64_t room, unsigned number) {
    ta_patch_code p;
    protect(PROT_READ | PROT_WRITE);
    const void *entry = put_entry(number);
    const char *why = ta_patch_code_make(at, region + at, count, room, &p);
    cr_assert_null(why, "%s", why);
    cr_assert_null(patch_broken_promise(why, count, room, &p));
    protect(PROT_READ | PROT_EXEC);
    void *moved = ta_patch(&p, number, entry);
    cr_assert_not_null(moved);
    memcpy(region + MOVED_AT + 8 * number, &moved, sizeof moved);
    cr_assert_eq(region[at], 0xe9, "a jump");
}

static const long values[] = {0, 1, -1, 2, 7, -7, 100, 0x7fffffff, INT64_MAX, INT64_MIN};
enum { VALUES = sizeof values / sizeof *values, PAIRS = VALUES * VALUES };

static void call_all(unsigned at, long *results) {
    for (int i = 0; i < PAIRS; i++)
        results[i] = function_at(at)(values[i / VALUES], values[i % VALUES]);
}

/* Patches what lies at `at`, and compares it with what it was. */
static void expect_same_at(unsigned at, uint64_t count, uint64_t room, unsigned number) {
    long before[PAIRS], after[PAIRS];
    protect(PROT_READ | PROT_EXEC);
    call_all(at, before);
    uint64_t counted = calls();
    patch(at, count, room, number);
    call_all(at, after);
    for (int i = 0; i < PAIRS; i++)
        cr_expect_eq(after[i], before[i], "%ld and %ld: %ld, not %ld", values[i / VALUES],
                     values[i % VALUES], after[i], before[i]);
    cr_expect_eq(calls() - counted, PAIRS, "each call came past us once");
}

static void expect_same(const uint8_t *code, size_t count) {
    put_code(CODE_AT, code, count);
    expect_same_at(CODE_AT, count, count, 0);
}

#define CODE(...)        ((const uint8_t[]){__VA_ARGS__})
#define EXPECT_SAME(...) expect_same(CODE(__VA_ARGS__), sizeof CODE(__VA_ARGS__))

static const char *refusal(const uint8_t *code, uint64_t count, uint64_t room) {
    ta_patch_code p;
    const char *why = ta_patch_code_make(CODE_AT, code, count, room, &p);
    return why ? why : "moved";
}

#define EXPECT_REFUSED(why, ...)                                                                   \
    cr_expect_str_eq(                                                                              \
        refusal(CODE(__VA_ARGS__), sizeof CODE(__VA_ARGS__), sizeof CODE(__VA_ARGS__)), why)

#define BACK      "it jumps back to its beginning"
#define SHORT     "it is too short for a jump, or its code cannot be read"
#define UNMOVABLE "its first instructions cannot be moved"

/* ---- prologues ---- */

Test(patch_code, a_plain_prologue) {
    /* push %rbp; mov %rsp, %rbp; mov %rdi, %rax; add %rsi, %rax; pop %rbp; ret */
    EXPECT_SAME(0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8, 0x48, 0x01, 0xf0, 0x5d, 0xc3);
}

Test(patch_code, one_that_begins_with_endbr64) {
    /* endbr64; lea (%rdi,%rsi), %rax; ret */
    EXPECT_SAME(0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8d, 0x04, 0x37, 0xc3);
}

Test(patch_code, exactly_five_bytes_and_exactly_the_whole_function) {
    EXPECT_SAME(0xb8, 42, 0, 0, 0, 0xc3);            /* mov $42, %eax; ret */
    EXPECT_SAME(0x48, 0x8d, 0x44, 0x37, 0x01, 0xc3); /* lea 1(%rdi,%rsi), %rax; ret */
    EXPECT_SAME(0x48, 0x8d, 0x04, 0x37, 0xc3);       /* lea (%rdi,%rsi), %rax; ret */
}

/* ---- data that is counted from the instruction ---- */

Test(patch_code, data_relative_to_the_instruction) {
    /* mov data(%rip), %rax; add %rdi, %rax; ret */
    uint8_t code[] = {0x48, 0x8b, 0x05, 0, 0, 0, 0, 0x48, 0x01, 0xf8, 0xc3};
    long data = 123456789;
    memcpy(region + DATA_AT + 8, &data, sizeof data);
    memcpy(region + CODE_AT, code, sizeof code);
    put_distance(CODE_AT + 3, CODE_AT + 7, DATA_AT + 8);
    expect_same_at(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(1, 0), data + 1);
}

Test(patch_code, such_data_before_a_number_in_the_instruction) {
    /* cmpl $77, data(%rip); sete %al; movzbl %al, %eax; ret */
    uint8_t code[] = {0x81, 0x3d, 0,    0,    0,    0,    77,   0,   0,
                      0,    0x0f, 0x94, 0xc0, 0x0f, 0xb6, 0xc0, 0xc3};
    int data = 77;
    memcpy(region + DATA_AT + 8, &data, sizeof data);
    memcpy(region + CODE_AT, code, sizeof code);
    put_distance(CODE_AT + 2, CODE_AT + 10, DATA_AT + 8);
    expect_same_at(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(0, 0), 1);
}

Test(patch_code, an_address_behind_another_instruction) {
    /* push %rbp; lea data(%rip), %rax; pop %rbp; ret */
    uint8_t code[] = {0x55, 0x48, 0x8d, 0x05, 0, 0, 0, 0, 0x5d, 0xc3};
    memcpy(region + CODE_AT, code, sizeof code);
    put_distance(CODE_AT + 4, CODE_AT + 8, HELPER_AT);
    expect_same_at(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(0, 0), (long)(uintptr_t)(region + HELPER_AT));
}

/* ---- branches ---- */

/* cmp %rsi, %rdi; jCC 1f; mov $1, %eax; ret; 1: xor %eax, %eax; ret */
Test(patch_code, each_condition_of_a_short_jump) {
    for (unsigned condition = 0; condition < 16; condition++) {
        unsigned at = CODE_AT + condition * 32;
        uint8_t code[] = {0x48, 0x39, 0xf7, (uint8_t)(0x70 | condition), 6, 0xb8, 1, 0, 0, 0, 0xc3,
                          0x31, 0xc0, 0xc3};
        put_code(at, code, sizeof code);
        expect_same_at(at, sizeof code, sizeof code, condition);
    }
}

Test(patch_code, each_condition_of_a_near_jump) {
    for (unsigned condition = 0; condition < 16; condition++) {
        unsigned at = CODE_AT + condition * 32;
        uint8_t code[] = {
            0x48, 0x39, 0xf7, 0x0f, (uint8_t)(0x80 | condition), 6, 0, 0, 0, 0xb8, 1, 0, 0, 0,
            0xc3, 0x31, 0xc0, 0xc3};
        put_code(at, code, sizeof code);
        expect_same_at(at, sizeof code, sizeof code, condition);
    }
}

Test(patch_code, several_conditions_within_five_bytes) {
    /* je 1f; jl 2f; test %rdi, %rdi; 1: xor %eax, %eax; ret; 2: mov $2, %eax; ret */
    EXPECT_SAME(0x74, 5, 0x7c, 6, 0x48, 0x85, 0xff, 0x31, 0xc0, 0xc3, 0xb8, 2, 0, 0, 0, 0xc3);
}

Test(patch_code, a_condition_with_a_hint) {
    /* cmp %rsi, %rdi; je,pt 1f; mov $1, %eax; ret; 1: xor %eax, %eax; ret */
    EXPECT_SAME(0x48, 0x39, 0xf7, 0x3e, 0x74, 6, 0xb8, 1, 0, 0, 0, 0xc3, 0x31, 0xc0, 0xc3);
}

Test(patch_code, a_jump_that_always_leaves) {
    /* mov %rdi, %rax; jmp 1f; nop; 1: add %rsi, %rax; ret */
    EXPECT_SAME(0x48, 0x89, 0xf8, 0xeb, 1, 0x90, 0x48, 0x01, 0xf0, 0xc3);
}

Test(patch_code, a_tail_call) {
    uint8_t code[] = {0xe9, 0, 0, 0, 0}; /* jmp add */
    static const uint8_t add[] = {0x48, 0x8d, 0x04, 0x37, 0xc3};
    memcpy(region + 512, add, sizeof add);
    memcpy(region + CODE_AT, code, sizeof code);
    put_distance(CODE_AT + 1, CODE_AT + 5, 512);
    expect_same_at(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(3, 4), 7);
}

/* The helper sees the return address that unwinders know. */
Test(patch_code, a_call_returns_to_where_it_did) {
    uint8_t code[] = {0x48, 0x83, 0xec, 0x08, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    memcpy(region + CODE_AT, code, sizeof code); /* sub $8, %rsp; call helper; add $8, %rsp; ret */
    put_distance(CODE_AT + 5, CODE_AT + 9, HELPER_AT);
    expect_same_at(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(0, 0), (long)(uintptr_t)(region + CODE_AT + 9));
}

Test(patch_code, a_loop_behind_the_beginning) {
    /* xor %eax, %eax; mov %rdi, %rcx; 1: add %rcx, %rax; dec %rcx; jne 1b; ret */
    static const uint8_t code[] = {0x31, 0xc0, 0x48, 0x89, 0xf9, 0x48, 0x01,
                                   0xc8, 0x48, 0xff, 0xc9, 0x75, 0xf8, 0xc3};
    put_code(CODE_AT, code, sizeof code);
    patch(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(10, 0), 55);
    cr_expect_eq(calls(), 1);
}

Test(patch_code, a_function_that_calls_itself_comes_past_each_time) {
    /* test %rdi, %rdi; je 1f; push %rdi; dec %rdi; call 0; pop %rdi; add %rdi, %rax; ret;
     * 1: xor %eax, %eax; ret */
    static const uint8_t code[] = {0x48, 0x85, 0xff, 0x74, 14,   0x57, 0x48, 0xff,
                                   0xcf, 0xe8, 0xf2, 0xff, 0xff, 0xff, 0x5f, 0x48,
                                   0x01, 0xf8, 0xc3, 0x31, 0xc0, 0xc3};
    put_code(CODE_AT, code, sizeof code);
    patch(CODE_AT, sizeof code, sizeof code, 0);
    cr_expect_eq(function_at(CODE_AT)(10, 0), 55);
    cr_expect_eq(calls(), 11);
}

/* ---- short functions ---- */

/* A function of one byte, `padding`, and a neighbour that returns 7. */
static void expect_padded(const uint8_t *padding, size_t count) {
    static const uint8_t neighbour[] = {0xb8, 7, 0, 0, 0, 0xc3};
    uint64_t before = calls();
    put_code(CODE_AT, CODE(0xc3), 1);
    put_code(CODE_AT + 1, padding, count);
    put_code(CODE_AT + 1 + (unsigned)count, neighbour, sizeof neighbour);
    patch(CODE_AT, 1, 1 + count + sizeof neighbour, 0);
    (void)function_at(CODE_AT)(1, 2);
    cr_expect_eq(calls() - before, 1);
    cr_expect_eq(function_at(CODE_AT + 1 + (unsigned)count)(1, 2), 7);
}

Test(patch_code, one_byte_and_padding) {
    expect_padded(CODE(0x90, 0x90, 0x90, 0x90), 4);
    expect_padded(CODE(0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc), 6);
    expect_padded(CODE(0x0f, 0x1f, 0x44, 0, 0), 5);                       /* nopl 0(%rax,%rax) */
    expect_padded(CODE(0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0), 10); /* cs nopw */
}

Test(patch_code, one_byte_without_padding_is_too_short) {
    static const uint8_t code[] = {0xc3, 0xb8, 7, 0, 0, 0, 0xc3};
    cr_expect_str_eq(refusal(code, 1, 1), SHORT, "the section ends there");
    cr_expect_str_eq(refusal(code, 1, sizeof code), SHORT, "another function follows");
    static const uint8_t little[] = {0xc3, 0x90, 0x90, 0xb8, 7, 0, 0, 0, 0xc3};
    cr_expect_str_eq(refusal(little, 1, sizeof little), SHORT, "three bytes are there");
    cr_expect_str_eq(refusal(code, 0, sizeof code), SHORT, "a symbol without a size");
}

Test(patch_code, what_leaves_within_five_bytes_is_too_short) {
    EXPECT_REFUSED(SHORT, 0xeb, 3, 0x90, 0x90, 0x90, 0xc3); /* jmp 5 */
}

/* ---- what cannot be moved ---- */

Test(patch_code, a_jump_back_into_the_beginning) {
    /* add $1, %rax; sub $1, %rdi; jne 0; ret */
    EXPECT_REFUSED(BACK, 0x48, 0x83, 0xc0, 1, 0x48, 0x83, 0xef, 1, 0x75, 0xf6, 0xc3);
    /* push %rbp; 1: mov %rsp, %rbp; mov %rdi, %rax; jne 1b; ret */
    EXPECT_REFUSED(BACK, 0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8, 0x75, 0xf8, 0xc3);
    /* je 1f; nop; 1: nop; nop; ret */
    EXPECT_REFUSED(BACK, 0x74, 1, 0x90, 0x90, 0x90, 0xc3);
    /* nop, 5 bytes; jmp 0, near */
    EXPECT_REFUSED(BACK, 0x0f, 0x1f, 0x44, 0, 0, 0xe9, 0xf6, 0xff, 0xff, 0xff);
}

Test(patch_code, branches_without_an_opposite) {
    EXPECT_REFUSED(UNMOVABLE, 0x48, 0x89, 0xf9, 0xe3, 1, 0x90, 0xc3); /* mov %rdi, %rcx; jrcxz */
    EXPECT_REFUSED(UNMOVABLE, 0x48, 0x89, 0xf9, 0xe2, 1, 0x90, 0xc3); /* loop */
    EXPECT_REFUSED(UNMOVABLE, 0xc7, 0xf8, 0, 0, 0, 0, 0xc3);          /* xbegin */
}

Test(patch_code, what_is_no_code) {
    EXPECT_REFUSED(SHORT, 0x06, 0x90, 0x90, 0x90, 0x90, 0xc3); /* not in 64-bit mode */
    EXPECT_REFUSED(SHORT, 0x48, 0x8b, 0x05, 0x00, 0x00);       /* the instruction is cut off */
    EXPECT_REFUSED(SHORT, 0x48, 0x89, 0xf8, 0x48, 0x8b);
    EXPECT_REFUSED("its code cannot be read to the end", 0xb8, 1, 0, 0, 0, 0x06, 0xc3);
}

Test(patch_code, code_that_is_not_what_was_read_stays) {
    static const uint8_t code[] = {0xb8, 42, 0, 0, 0, 0xc3};
    ta_patch_code p;
    put_code(CODE_AT, code, sizeof code);
    cr_assert_null(ta_patch_code_make(CODE_AT, region + CODE_AT, sizeof code, sizeof code, &p));
    region[CODE_AT + 1] = 43;
    protect(PROT_READ | PROT_EXEC);
    cr_expect_null(ta_patch(&p, 0, region + ENTRIES_AT));
    cr_expect_eq(function_at(CODE_AT)(0, 0), 43);
}

/* ---- anything ---- */

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Bytes that begin branches and data by address are more frequent than by chance. */
Test(patch_code, whatever_the_bytes_are_what_is_moved_is_within_its_bounds) {
    static const uint8_t frequent[] = {0x74, 0x0f, 0x84, 0xe8, 0xe9, 0xeb, 0x48,
                                       0x8b, 0x05, 0xc3, 0x90, 0x66, 0xf2, 0xff};
    uint64_t state = 88172645463325252;
    unsigned moved = 0;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t *code = malloc(24); /* tight: a read too far is seen under a sanitizer */
        uint64_t room = next(&state) % 25, count = room ? next(&state) % (room + 1) : 0;
        for (uint64_t i = 0; i < room; i++) {
            uint64_t any = next(&state);
            code[i] = any & 256 ? frequent[any % sizeof frequent] : (uint8_t)any;
        }
        code = realloc(code, room ? room : 1);
        ta_patch_code p;
        const char *why = ta_patch_code_make(CODE_AT, code, count, room, &p);
        const char *broken = patch_broken_promise(why, count, room, &p);
        cr_assert_null(broken, "round %u: %s", round, broken);
        moved += !why;
        free(code);
    }
    cr_expect_gt(moved, 5000u);
}
