/* The reader of unwind tables: against tables that were written by hand, against another reader
 * (libdw's) for all of this program's code, and on tables that are wrong. */
#define _GNU_SOURCE
#include "cfi_by_hand.h"

#include <criterion/criterion.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- tables by hand ---- */

/* .eh_frame_hdr of one function, then its common entry, then its own, then an end. Addresses are
 * counted from the index: the function's code lies FUNCTION bytes behind it, and is never read. */
enum { TABLE_BYTES = 512, FUNCTION = 0x10000, FUNCTION_BYTES = 0x1000, COMMON_AT = 32 };

static _Alignas(16) uint8_t table[TABLE_BYTES];
static unsigned used;

static void put(const void *bytes, size_t count) {
    cr_assert_leq(used + count, TABLE_BYTES);
    if (count == 0)
        return;
    memcpy(table + used, bytes, count);
    used += (unsigned)count;
}

static void put_word(int64_t value) {
    int32_t word = (int32_t)value;
    put(&word, sizeof word);
}

/* Fills in the length of the entry that began at `at`. */
static void end_entry(unsigned at) {
    uint32_t length = used - at - 4;
    memcpy(table + at, &length, sizeof length);
}

/* DW_CFA_def_cfa rsp, 8; DW_CFA_offset return address, 1: as every entry of compilers begins */
static const uint8_t usual[] = {0x0c, 7, 8, 0x90, 1};

/* Version 1, "zR", factors 1 and -8, return address 16; pointers of 4 bytes, from where they are.
 */
static const uint8_t usual_head[] = {1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b};
static const uint8_t signal_head[] = {1, 'z', 'R', 'S', 0, 1, 0x78, 16, 1, 0x1b};

static void make_table(const uint8_t *head, size_t head_bytes, const uint8_t *common,
                       size_t common_bytes, const uint8_t *program, size_t program_bytes) {
    memset(table, 0, sizeof table);
    used = 0;
    put((const uint8_t[]){1, 0x1b, 0x03, 0x3b}, 4);
    put_word(COMMON_AT - 4);
    put_word(1); /* one function: */
    put_word(FUNCTION);
    unsigned entry_word = used;
    put_word(0);
    used = COMMON_AT;
    put_word(0);
    put_word(0); /* a common entry */
    put(head, head_bytes);
    put(common, common_bytes);
    end_entry(COMMON_AT);
    unsigned own = used;
    int32_t own_at = (int32_t)own;
    memcpy(table + entry_word, &own_at, sizeof own_at);
    put_word(0);
    put_word(used - COMMON_AT); /* back to the common entry */
    put_word(FUNCTION - (int64_t)used);
    put_word(FUNCTION_BYTES);
    put((const uint8_t[]){0}, 1); /* no augmentation data */
    put(program, program_bytes);
    end_entry(own);
    put_word(0);
    cfi_module = (ta_object){.begin = (const char *)table,
                             .end = (const char *)table + TABLE_BYTES,
                             .eh_frame_hdr = table};
    ta_cfi_forget();
}

static ta_unwind_rule rule_at(int64_t offset) {
    return ta_cfi_rule((uint64_t)(uintptr_t)table + FUNCTION + (uint64_t)offset);
}

static void expect_rule(int64_t offset, ta_cfa_base base, int32_t cfa_offset, int16_t rbp_at) {
    ta_unwind_rule rule = rule_at(offset);
    cr_expect_eq(rule.base, base, "at %ld: base %d", (long)offset, rule.base);
    cr_expect_eq(rule.cfa_offset, cfa_offset, "at %ld: CFA %d", (long)offset, rule.cfa_offset);
    cr_expect_eq(rule.rbp_at, rbp_at, "at %ld: rbp %d", (long)offset, rule.rbp_at);
    cr_expect_eq(rule.module, 3);
}

static void expect_none(int64_t offset) {
    expect_rule(offset, TA_CFA_NONE, 0, TA_RBP_UNCHANGED);
}

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})
#define PROGRAM(...)                                                                               \
    make_table(usual_head, sizeof usual_head, usual, sizeof usual, BYTES(__VA_ARGS__),             \
               sizeof BYTES(__VA_ARGS__))

Test(cfi, a_function_with_a_frame_pointer) {
    /* push %rbp at 0; mov %rsp, %rbp at 1; pop at 0x20 */
    PROGRAM(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x5c, 0x0c, 7, 8, 0xc6);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_rule(1, TA_CFA_RSP, 16, -16);
    expect_rule(3, TA_CFA_RSP, 16, -16);
    expect_rule(4, TA_CFA_RBP, 16, -16);
    expect_rule(0x1f, TA_CFA_RBP, 16, -16);
    expect_rule(0x20, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_rule(FUNCTION_BYTES - 1, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
}

Test(cfi, code_beyond_a_function_has_no_rule_and_before_it_there_is_no_caller) {
    PROGRAM(0);
    expect_none(FUNCTION_BYTES);
    expect_none(-2);
    expect_rule(-1, TA_CFA_END, 0, TA_RBP_UNCHANGED);
}

Test(cfi, advances_of_one_two_and_four_bytes) {
    PROGRAM(0x02, 0xff, 0x0e, 16, 0x03, 0x01, 0x02, 0x0e, 24, 0x04, 0, 1, 0, 0, 0x0e, 32);
    expect_rule(0xfe, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_rule(0xff, TA_CFA_RSP, 16, TA_RBP_UNCHANGED);
    expect_rule(0xff + 0x200, TA_CFA_RSP, 16, TA_RBP_UNCHANGED);
    expect_rule(0xff + 0x201, TA_CFA_RSP, 24, TA_RBP_UNCHANGED);
    expect_rule(0xff + 0x201 + 0x100, TA_CFA_RSP, 32, TA_RBP_UNCHANGED);
}

Test(cfi, rows_are_remembered_and_brought_back) {
    PROGRAM(0x0e, 32, 0x86, 2, 0x0a, 0x41, 0x0c, 6, 16, 0x0a, 0x41, 0x0e, 99, 0x41, 0x0b, 0x41,
            0x0b);
    expect_rule(0, TA_CFA_RSP, 32, -16);
    expect_rule(1, TA_CFA_RBP, 16, -16);
    expect_rule(2, TA_CFA_RBP, 99, -16);
    expect_rule(3, TA_CFA_RBP, 16, -16);
    expect_rule(4, TA_CFA_RSP, 32, -16);
}

Test(cfi, more_rows_than_are_kept_and_rows_that_are_not_there_have_no_rule) {
    PROGRAM(0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    PROGRAM(0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a);
    expect_none(0);
    PROGRAM(0x41, 0x0b);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_none(1);
}

Test(cfi, a_return_address_that_is_undefined_is_the_end) {
    PROGRAM(0x07, 16);
    expect_rule(0, TA_CFA_END, 0, TA_RBP_UNCHANGED);
    PROGRAM(0x07, 16, 0x41, 0x06, 16); /* restore_extended */
    expect_rule(1, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
}

Test(cfi, registers_are_saved_and_lost_in_each_way) {
    PROGRAM(0x05, 6, 3, 0x41, 0x08, 6, 0x41, 0x11, 6, 4, 0x41, 0x06, 6, 0x41, 0x2e, 64, 0x83, 5);
    expect_rule(0, TA_CFA_RSP, 8, -24);
    expect_rule(1, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_rule(2, TA_CFA_RSP, 8, -32);
    expect_rule(3, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_rule(4, TA_CFA_RSP, 8, TA_RBP_UNCHANGED); /* GNU_args_size; rbx is not asked for */
}

Test(cfi, a_realigned_stack_is_read) {
    PROGRAM(0x0f, 3, 0x76, 0x78, 0x06); /* CFA = *(rbp - 8) */
    expect_rule(0, TA_CFA_RBP_DEREF, -8, TA_RBP_UNCHANGED);
    PROGRAM(0x0f, 2, 0x76, 0x78); /* rbp - 8 itself: not written by compilers */
    expect_none(0);
    PROGRAM(0x0f, 3, 0x73, 0x78, 0x06); /* of rbx */
    expect_none(0);
}

Test(cfi, what_is_not_read_has_no_rule_from_there_on) {
    PROGRAM(0x41, 0x3f);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    expect_none(1);
    PROGRAM(0x0c, 3, 8); /* CFA from rbx */
    expect_none(0);
    PROGRAM(0x90, 2); /* the return address elsewhere */
    expect_none(0);
    PROGRAM(0x16, 16, 1, 0x30); /* the return address by an expression */
    expect_none(0);
    PROGRAM(0x05, 6, 0xff, 0xff, 0x7f); /* rbp further away than is kept */
    expect_none(0);
    PROGRAM(0x0e, 0xff, 0xff, 0xff, 0xff, 0x7f);
    expect_none(0);
}

Test(cfi, a_program_that_is_cut_off_has_no_rule) {
    PROGRAM(0x41, 0x0e, 16, 0x41, 0x0c, 7);
    expect_rule(1, TA_CFA_RSP, 16, TA_RBP_UNCHANGED);
    expect_none(2);
}

/* libc's own tables say where the kernel keeps the registers. */
Test(cfi, a_signal_frame_is_one_when_its_offsets_are_the_kernels) {
    static const uint8_t frame[] = {
        0x0f, 4,  0x77, 0xa0, 0x01, 0x06, /* CFA = *(rsp + 160) */
        0x10, 6,  3,    0x77, 0xf8, 0x00, /* rbp at rsp + 120 */
        0x10, 16, 3,    0x77, 0xa8, 0x01, /* return address at rsp + 168 */
    };
    cr_assert(TA_SIGNAL_RSP_AT == 160 && TA_SIGNAL_RBP_AT == 120 && TA_SIGNAL_PC_AT == 168);
    make_table(signal_head, sizeof signal_head, NULL, 0, frame, sizeof frame);
    expect_rule(0, TA_CFA_SIGNAL, 0, TA_RBP_UNCHANGED);
    cr_expect_eq(ta_assumption_states[TA_ASSUMPTION_signal_frame], TA_ASSUMPTION_HOLDS);
    uint8_t other[sizeof frame];
    memcpy(other, frame, sizeof frame);
    other[4] = 0x02;
    make_table(signal_head, sizeof signal_head, NULL, 0, other, sizeof other);
    expect_rule(0, TA_CFA_END, 0, TA_RBP_UNCHANGED);
    cr_expect_neq(ta_assumption_states[TA_ASSUMPTION_signal_frame], TA_ASSUMPTION_HOLDS);
}

Test(cfi, common_entries_of_another_kind_are_not_read) {
    static const uint8_t heads[][9] = {
        {2, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b}, /* version */
        {1, 'x', 'R', 0, 1, 0x78, 16, 1, 0x1b}, /* augmentation */
        {1, 'z', 'R', 0, 1, 0x78, 15, 1, 0x1b}, /* return address in another register */
        {1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x50}, /* pointers */
    };
    for (int i = 0; i < 4; i++) {
        make_table(heads[i], sizeof heads[i], usual, sizeof usual, BYTES(0), 1);
        expect_none(0);
    }
}

Test(cfi, a_rule_is_remembered_until_all_are_forgotten) {
    PROGRAM(0);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    uint64_t forgotten = ta_cfi_forgotten();
    memset(table, 0, sizeof table);
    expect_rule(0, TA_CFA_RSP, 8, TA_RBP_UNCHANGED);
    ta_cfi_forget();
    expect_none(0);
    cr_expect_eq(ta_cfi_forgotten(), forgotten + 1);
}

Test(cfi, more_addresses_than_there_are_places_for_are_worked_out_each_time) {
    PROGRAM(0);
    enum { ADDRESSES = FUNCTION_BYTES };
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < ADDRESSES; i++)
            cr_assert_eq(rule_at(i).base, TA_CFA_RSP);
}

/* ---- another reader ---- */

/* Of <dwarf.h>, whose name is that of a header of the auditor's too. */
enum { OP_PLUS_UCONST = 0x23, OP_BREGX = 0x92 };

/* What libdw's rule is in our terms; false when we have no words for it. */
static bool rule_of_frame(Dwarf_Frame *frame, ta_unwind_rule *rule) {
    Dwarf_Op *ops, room[3];
    size_t count;
    if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count != 1 || ops->atom != OP_BREGX ||
        (ops->number != 6 && ops->number != 7))
        return false;
    rule->base = ops->number == 7 ? TA_CFA_RSP : TA_CFA_RBP;
    rule->cfa_offset = (int32_t)ops->number2;
    if (dwarf_frame_register(frame, 16, room, &ops, &count) != 0 || count != 2 ||
        ops[1].atom != OP_PLUS_UCONST || (int64_t)ops[1].number != -8)
        return false;
    rule->rbp_at = TA_RBP_UNCHANGED;
    if (dwarf_frame_register(frame, 6, room, &ops, &count) != 0)
        return false;
    if (count == 2)
        rule->rbp_at = (int16_t)ops[1].number;
    return count == 0 || (count == 2 && ops[1].atom == OP_PLUS_UCONST);
}

static bool find_text(Elf *elf, GElf_Shdr *text) {
    size_t names;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        const char *name =
            gelf_getshdr(section, text) ? elf_strptr(elf, names, text->sh_name) : NULL;
        if (name && strcmp(name, ".text") == 0)
            return true;
    }
    return false;
}

static int take_own(struct dl_phdr_info *module, size_t size, void *object) {
    ta_object *o = object;
    (void)size;
    o->load_bias = module->dlpi_addr;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        const char *begin = (const char *)(module->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_GNU_EH_FRAME)
            o->eh_frame_hdr = (const uint8_t *)begin;
        if (header->p_type != PT_LOAD)
            continue;
        if (!o->begin)
            o->begin = begin;
        o->end = begin + header->p_memsz;
    }
    return 1; /* the first is the program */
}

Test(cfi, all_of_this_program_is_read_as_libdw_reads_it) {
    GElf_Shdr text;
    int file = open("/proc/self/exe", O_RDONLY);
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    Dwarf_CFI *cfi = elf ? dwarf_getcfi_elf(elf) : NULL;
    cr_assert(cfi && find_text(elf, &text));
    cfi_module = (ta_object){0};
    dl_iterate_phdr(take_own, &cfi_module);
    unsigned compared = 0, differ = 0;
    for (GElf_Addr at = text.sh_addr; at < text.sh_addr + text.sh_size; at++) {
        Dwarf_Frame *frame;
        ta_unwind_rule expected = {0}, rule = ta_cfi_rule_elsewhere(at + cfi_module.load_bias);
        if (dwarf_cfi_addrframe(cfi, at, &frame) != 0) {
            cr_expect(rule.base == TA_CFA_NONE || rule.base == TA_CFA_END, "%lx", (long)at);
            continue;
        }
        if (rule_of_frame(frame, &expected)) {
            compared++;
            differ += rule.base != expected.base || rule.cfa_offset != expected.cfa_offset ||
                      rule.rbp_at != expected.rbp_at;
        }
        free(frame);
    }
    cr_expect_eq(differ, 0, "%u of %u differ", differ, compared);
    cr_expect_gt(compared, text.sh_size / 2, "%u of %lu", compared, (long)text.sh_size);
    dwarf_cfi_end(cfi);
    elf_end(elf);
    close(file);
}

/* ---- tables that are wrong ---- */

/* A copy of this program's tables, its end at the end of what is mapped. */
typedef struct copy {
    uint8_t *mapped, *bytes;
    size_t mapped_bytes, count;
} copy;

static copy map_copy(const uint8_t *from, size_t count) {
    enum { PAGE = 4096 };
    copy c = {.mapped_bytes = (count + PAGE - 1) / PAGE * PAGE + 2 * PAGE, .count = count};
    c.mapped = mmap(NULL, c.mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(c.mapped, MAP_FAILED);
    cr_assert_eq(mprotect(c.mapped + PAGE, c.mapped_bytes - 2 * PAGE, PROT_READ | PROT_WRITE), 0);
    c.bytes = c.mapped + c.mapped_bytes - PAGE - count;
    memcpy(c.bytes, from, count);
    cfi_module = (ta_object){.begin = (const char *)c.bytes,
                             .end = (const char *)c.bytes + count,
                             .eh_frame_hdr = c.bytes};
    ta_cfi_forget();
    return c;
}

static void unmap_copy(copy *c) {
    munmap(c->mapped, c->mapped_bytes);
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Addresses around the beginnings of functions that the index tells. */
static unsigned ask_around(const copy *c, uint64_t *state, unsigned asked) {
    enum { INDEX_HEAD = 12, PAIR = 8 };
    uint64_t pairs = c->count > INDEX_HEAD + PAIR ? (c->count - INDEX_HEAD) / PAIR : 1;
    unsigned known = 0;
    for (unsigned i = 0; i < asked; i++) {
        int32_t distance = 0;
        size_t at = INDEX_HEAD + next(state) % (pairs < 64 ? pairs : 64) * PAIR;
        if (at + sizeof distance <= c->count)
            memcpy(&distance, c->bytes + at, sizeof distance);
        uint64_t base = (uint64_t)(uintptr_t)c->bytes + (uint64_t)(int64_t)distance;
        ta_unwind_rule rule = ta_cfi_rule(base + next(state) % 40 - 2);
        cr_assert_leq(rule.base, TA_CFA_SIGNAL);
        known += rule.base == TA_CFA_RSP || rule.base == TA_CFA_RBP;
    }
    return known;
}

static void own_tables(const uint8_t **from, size_t *count) {
    ta_object own = {0};
    dl_iterate_phdr(take_own, &own);
    size_t whole = (size_t)((const uint8_t *)own.end - own.eh_frame_hdr);
    *from = own.eh_frame_hdr;
    *count = whole < 65536 ? whole / 4 * 4 : 65536; /* they follow one another */
}

Test(cfi, tables_with_changed_bytes_are_read_within_their_bounds) {
    const uint8_t *from;
    size_t count;
    uint64_t state = 88172645463325252;
    own_tables(&from, &count);
    copy c = map_copy(from, count);
    cr_expect_gt(ask_around(&c, &state, 100), 50u, "as they are they are read");
    for (unsigned round = 0; round < 2000; round++) {
        size_t near = round % 2 ? count : 1024;
        for (unsigned i = 0; i <= round % 8; i++)
            c.bytes[next(&state) % near] = (uint8_t)next(&state);
        ta_cfi_forget();
        (void)ask_around(&c, &state, 20);
        memcpy(c.bytes, from, count);
    }
    unmap_copy(&c);
}

Test(cfi, tables_that_are_cut_off_are_read_to_their_end) {
    const uint8_t *from;
    size_t count;
    uint64_t state = 88172645463325252;
    own_tables(&from, &count);
    for (size_t kept = 0; kept < count; kept += kept < 512 ? 4 : 4 * (next(&state) % 64 + 1)) {
        copy c = map_copy(from, kept);
        (void)ask_around(&c, &state, 20);
        unmap_copy(&c);
    }
}

/* Each word of the table by hand as a length, a distance or a count that leads anywhere. */
Test(cfi, each_word_of_a_table_may_lead_anywhere) {
    static const uint32_t words[] = {0,          1,          0x7fffffff, 0x80000000,
                                     0xffffffff, 0xfffffffe, 0x00100000, 0xfff00000};
    PROGRAM(0x41, 0x0e, 16, 0x0f, 3, 0x76, 0x78, 0x06);
    unsigned whole = used / 4 * 4 + 4;
    uint8_t before[TABLE_BYTES];
    memcpy(before, table, sizeof before);
    for (unsigned at = 0; at + 4 <= whole; at++) {
        for (unsigned w = 0; w < sizeof words / sizeof *words; w++) {
            copy c = map_copy(before, whole);
            memcpy(c.bytes + at, &words[w], sizeof words[w]);
            for (int64_t offset = -1; offset < 3; offset++)
                (void)ta_cfi_rule((uint64_t)(uintptr_t)c.bytes + FUNCTION + (uint64_t)offset);
            unmap_copy(&c);
        }
    }
}

/* An entry as long as a module, of instructions that do nothing: no stack is worth reading it. */
Test(cfi, an_entry_of_many_megabytes_is_not_read) {
    enum { HUGE_BYTES = 1 << 26 };
    PROGRAM(0);
    uint8_t *huge = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(huge, MAP_FAILED);
    memcpy(huge, table, sizeof table);
    int32_t own;
    memcpy(&own, huge + 16, sizeof own);
    uint32_t length = HUGE_BYTES - (uint32_t)own - 8;
    memcpy(huge + own, &length, sizeof length);
    cfi_module = (ta_object){
        .begin = (const char *)huge, .end = (const char *)huge + HUGE_BYTES, .eh_frame_hdr = huge};
    ta_cfi_forget();
    cr_expect_eq(ta_cfi_rule((uint64_t)(uintptr_t)huge + FUNCTION + 1).base, TA_CFA_NONE);
    munmap(huge, HUGE_BYTES);
}
