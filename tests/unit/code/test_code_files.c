/* The readers of a program's file: what they say of a small one that is known, and that one which
 * is wrong, anywhere, neither ends nor stops them. */
#define _GNU_SOURCE
#include "code_promises.h"
#include "function.h"
#include "function_arguments.h"
#include "function_code.h"
#include "function_list.h"
#include "function_references.h"
#include "own_malloc.h"
#include "symbols.h"

#include <criterion/criterion.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED TA_BUILD_DIR "/tests/code_seed"

/* ---- a file that is known ---- */

/* The line of the seed's source that holds this text. */
static unsigned line_of(const char *text) {
    char line[256];
    unsigned number = 0;
    FILE *file = fopen(TA_SOURCE_DIR "/tests/unit/code/seed.c", "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file)) {
        number++;
        if (strstr(line, text))
            break;
    }
    fclose(file);
    return number;
}

static ta_watched find(const char *name) {
    ta_watched watched[2];
    uint32_t count = 0;
    ta_status status = ta_function_find(SEED, name, watched, 2, &count);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_assert_eq(count, 1, "%s: %u", name, count);
    return watched[0];
}

static ta_function_code code_of(const char *name) {
    ta_function_name wanted;
    ta_function_code code;
    ta_function_name_read(name, &wanted);
    cr_assert(ta_ok(ta_function_code_find(SEED, &wanted, 1, TA_CODE_EVERYWHERE, 0, &code)));
    cr_assert(code.is_read && code.has_debug);
    return code;
}

Test(code_files, a_function_has_its_code_and_its_symbol) {
    ta_function_code code = code_of("seed_outer");
    cr_assert_eq(code.found[0].symbols, 1);
    cr_expect_eq(code.found[0].defined, 1);
    cr_expect_eq(code.found[0].inlined, 0);
    cr_expect_eq(code.ranges[0].begin, code.found[0].entries[0].address);
    cr_expect_eq(code.ranges[0].end - code.ranges[0].begin, code.found[0].entries[0].size);
    cr_expect_eq(find("seed_outer").own.address, code.ranges[0].begin);
    ta_function_code_free(&code);
}

Test(code_files, a_function_that_is_inlined_lies_within_another) {
    ta_function_code outer = code_of("seed_outer"), inlined = code_of("seed_inlined");
    cr_expect_eq(inlined.found[0].symbols, 0);
    cr_expect_geq(inlined.found[0].inlined, 1u);
    cr_assert_geq(inlined.range_count, 1u);
    for (uint32_t i = 0; i < inlined.range_count; i++) {
        cr_expect_geq(inlined.ranges[i].begin, outer.ranges[0].begin);
        cr_expect_leq(inlined.ranges[i].end, outer.ranges[0].end);
    }
    ta_function_code_free(&outer);
    ta_function_code_free(&inlined);
}

Test(code_files, a_tail_call_is_told) {
    ta_function_code code = code_of("seed_tail");
    cr_expect_eq(code.found[0].tail_calls, 1);
    cr_expect_str_eq(code.found[0].tail_to, "seed_odd");
    ta_function_code_free(&code);
}

Test(code_files, other_names_of_a_function_are_twins) {
    ta_function_code outer = code_of("seed_outer"), many = code_of("seed_many");
    cr_expect_eq(outer.found[0].twins, 3, "%u", outer.found[0].twins);
    cr_expect_not(outer.found[0].is_folded, "they are names, and no other functions");
    cr_expect_eq(many.found[0].twins, 0);
    ta_function_code_free(&outer);
    ta_function_code_free(&many);
}

Test(code_files, an_import_is_told_by_its_linkers_name) {
    ta_watched watched[2];
    cr_expect_eq(ta_function_imports(SEED, "__libc_start_main", watched, 2), 1);
    cr_expect_str_eq(watched[0].import, "__libc_start_main");
    cr_expect_eq(ta_function_imports(SEED, "seed_outer", watched, 2), 1);
    cr_expect_str_eq(watched[0].import, "", "it is the program's own");
    cr_expect_str_eq(watched[0].symbol, "seed_outer");
}

Test(code_files, a_name_that_is_none_is_nothing) {
    ta_function_code code = code_of("no_such_function");
    ta_watched watched[1];
    uint32_t count = 7;
    cr_expect(code.range_count == 0 && code.found[0].symbols == 0);
    cr_expect(ta_ok(ta_function_find(SEED, "no_such_function", watched, 1, &count)));
    cr_expect_eq(count, 0);
    ta_function_code_free(&code);
}

/* Seven and one whole numbers, of which six go in registers; one floating-point number. */
Test(code_files, arguments_on_the_stack_are_counted) {
    ta_watched many = find("seed_many"), outer = find("seed_outer");
    ta_function_arguments(SEED, &many, 1);
    ta_function_arguments(SEED, &outer, 1);
    cr_expect(many.arguments_known && many.arguments_bytes == 16, "%u", many.arguments_bytes);
    cr_expect(outer.arguments_known && outer.arguments_bytes == 0, "%u", outer.arguments_bytes);
}

Test(code_files, calls_within_the_file_are_references) {
    ta_watched odd = find("seed_odd"), many = find("seed_many");
    cr_expect_geq(ta_function_references(SEED, odd.own.address, 1), 2u);
    cr_expect_eq(ta_function_references(SEED, many.own.address, 1), 1u);
    cr_expect_eq(ta_function_references(SEED, 1, 1), 0u);
}

Test(code_files, a_family_of_its_own_is_found) {
    static ta_ledger ledger;
    ta_status status = ta_own_malloc_find(SEED, &ledger);
    cr_assert(ta_ok(status), "%s", status.text);
    cr_expect_eq(ledger.own_malloc, 1);
    cr_expect_eq(ledger.own_family[TA_OWN_malloc].address, find("malloc").own.address);
    cr_expect_eq(ledger.own_family[TA_OWN_free].address, find("free").own.address);
    cr_expect_eq(ledger.own_family[TA_OWN_calloc].address, 0);
}

Test(code_files, names_that_are_meant_and_names_that_are_like_it) {
    char text[256];
    cr_expect_eq(ta_function_meant(SEED, "seed_outer", text, sizeof text), 1);
    cr_expect_str_eq(text, "seed_outer");
    ta_function_nearest(SEED, "seed_outr", text, sizeof text);
    cr_expect(strstr(text, "seed_outer"), "%s", text);
}

static void expect_frame(const ta_frame *frame, const char *function, unsigned line) {
    cr_expect_str_eq(frame->function, function);
    cr_expect(strstr(frame->file, "seed.c"), "%s", frame->file);
    cr_expect_eq(frame->line, line, "%s: line %u, not %u", function, frame->line, line);
    cr_expect_str_eq(frame->module, "code_seed");
}

/* The call of seed_odd() that was inlined: the function, and the one that holds it. */
Test(code_files, an_address_stands_for_the_inlined_function_and_its_caller) {
    static ta_module module = {.load_bias = 0x10000, .path = SEED};
    ta_function_code code = code_of("seed_inlined"), outer = code_of("seed_outer");
    ta_result *result = ta_result_new();
    ta_symbols *symbols = ta_symbols_open(&module, 1);
    uint64_t offset = outer.ranges[0].begin, end = outer.ranges[0].end;
    uint32_t first = 0, count = 0;
    bool found = false; /* not each instruction of it has a line */
    for (; offset < end && !found; offset++) {
        uint64_t frame = ta_frame_pack(offset + module.load_bias, 1);
        cr_assert(ta_symbols_frames(symbols, frame, result, &first, &count));
        found = count == 2 && result->frames[first].line > 0;
    }
    cr_assert(found);
    expect_frame(&result->frames[first], "seed_inlined", line_of("TA_LINE_INLINED"));
    expect_frame(&result->frames[first + 1], "seed_outer", line_of("TA_LINE_OUTER"));
    cr_expect_eq(result->frames[first].offset, offset - 1);
    cr_expect_eq(result->frames[first].function_offset, offset - 1 - outer.ranges[0].begin);
    ta_symbols_close(symbols);
    ta_result_free(result);
    ta_function_code_free(&code);
    ta_function_code_free(&outer);
}

Test(code_files, a_file_of_another_build_lends_no_names) {
    static ta_module module = {.build_id_bytes = 20, .path = SEED};
    ta_result *result = ta_result_new();
    ta_symbols *symbols = ta_symbols_open(&module, 1);
    uint32_t first, count;
    uint64_t frame = ta_frame_pack(find("seed_outer").own.address + 4, 1);
    cr_assert(ta_symbols_frames(symbols, frame, result, &first, &count));
    cr_expect_eq(count, 1);
    cr_expect_str_eq(result->frames[first].function, "");
    cr_expect_str_eq(result->frames[first].module, "code_seed");
    ta_symbols_close(symbols);
    ta_result_free(result);
}

/* ---- files that are wrong ---- */

typedef struct image {
    uint8_t *bytes, *scratch;
    size_t count;
} image;

static image load(void) {
    image i = {0};
    FILE *file = fopen(SEED, "rb");
    cr_assert(file && fseek(file, 0, SEEK_END) == 0);
    i.count = (size_t)ftell(file);
    rewind(file);
    i.bytes = malloc(i.count);
    i.scratch = malloc(i.count);
    cr_assert_eq(fread(i.bytes, 1, i.count, file), i.count);
    fclose(file);
    return i;
}

static void drop(image *i) {
    free(i->bytes);
    free(i->scratch);
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void expect_read(const uint8_t *bytes, size_t count, const char *what, unsigned round) {
    const char *broken = code_broken_promise_of(bytes, count);
    cr_assert_null(broken, "%s, round %u: %s", what, round, broken);
}

/* Of all bytes from `begin` on, a few are changed in each round. */
static void change(image *i, size_t begin, size_t count, const char *what, unsigned rounds) {
    uint64_t state = 88172645463325252 ^ begin;
    for (unsigned round = 0; round < rounds; round++) {
        memcpy(i->scratch, i->bytes, i->count);
        for (unsigned b = 0; b <= round % 4; b++) {
            uint64_t any = next(&state);
            uint8_t *byte = &i->scratch[begin + next(&state) % count];
            *byte = any & 256 ? (uint8_t)any : (uint8_t)(*byte ^ 1u << (any & 7));
        }
        expect_read(i->scratch, i->count, what, round);
    }
}

/* `prefix` of a section's name; the rounds are shared among those that have it. */
static void change_sections(const char *prefix, unsigned rounds) {
    image i = load();
    unsigned found = 0;
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)i.bytes, i.count);
    size_t names;
    cr_assert(elf && elf_getshdrstrndx(elf, &names) == 0);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        cr_assert(gelf_getshdr(section, &header));
        const char *name = elf_strptr(elf, names, header.sh_name);
        if (strncmp(name, prefix, strlen(prefix)) != 0 || !header.sh_size)
            continue;
        change(&i, header.sh_offset, header.sh_size, name, rounds);
        found++;
    }
    elf_end(elf);
    cr_expect_gt(found, 0u, "there is no %s", prefix);
    drop(&i);
}

Test(code_files, the_seed_itself_keeps_its_promises) {
    image i = load();
    expect_read(i.bytes, i.count, "as it is", 0);
    drop(&i);
}

Test(code_files, wrong_symbols, .timeout = 100) {
    change_sections(".symtab", 200);
    change_sections(".strtab", 50);
    change_sections(".dyn", 100);
}

/* A function's symbol as it may be in a file that is wrong; `end` is the end of its section. */
static void change_symbol(image *i, size_t at, Elf64_Sym symbol, uint64_t end) {
    const struct {
        uint64_t value, size;
    } wrong[] = {{symbol.st_value, UINT64_MAX},
                 {symbol.st_value, 1 << 16},
                 {UINT64_MAX, symbol.st_size},
                 {4096, symbol.st_size},
                 {UINT64_C(1) << 62, UINT64_C(1) << 63}, /* in no code, and the sum is small */
                 {end - 2, 64},
                 {end, 0}};
    for (unsigned w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        symbol.st_value = wrong[w].value;
        symbol.st_size = wrong[w].size;
        memcpy(i->scratch, i->bytes, i->count);
        memcpy(i->scratch + at, &symbol, sizeof symbol);
        expect_read(i->scratch, i->count, "a function's symbol", w);
    }
}

Test(code_files, functions_of_any_size_at_any_place, .timeout = 100) {
    image i = load();
    unsigned changed = 0;
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)i.bytes, i.count);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        cr_assert(gelf_getshdr(section, &header));
        if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM)
            continue;
        for (size_t at = 0; at < header.sh_size; at += sizeof(Elf64_Sym)) {
            Elf64_Sym symbol;
            memcpy(&symbol, i.bytes + header.sh_offset + at, sizeof symbol);
            if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF)
                continue;
            GElf_Shdr code;
            cr_assert(gelf_getshdr(elf_getscn(elf, symbol.st_shndx), &code));
            change_symbol(&i, header.sh_offset + at, symbol, code.sh_addr + code.sh_size);
            changed++;
        }
    }
    elf_end(elf);
    cr_expect_gt(changed, 10u);
    drop(&i);
}

Test(code_files, wrong_debug_information, .timeout = 100) {
    change_sections(".debug_", 120);
}

/* ---- references that lead in a circle ---- */

/* A reference in the debug information, and the entry that it stands in. */
typedef struct reference {
    size_t at;
    uint32_t own;
} reference;

typedef struct references {
    reference *items;
    size_t count, room;
    const image *image;
} references;

static int take_reference(Dwarf_Attribute *attribute, void *context) {
    references *all = context;
    unsigned what = dwarf_whatattr(attribute);
    bool is_meant = what == DW_AT_type || what == DW_AT_abstract_origin ||
                    what == DW_AT_specification || what == DW_AT_sibling;
    if (!is_meant || dwarf_whatform(attribute) != DW_FORM_ref4)
        return DWARF_CB_OK;
    cr_assert_lt(all->count, all->room);
    all->items[all->count++].at = (size_t)(attribute->valp - all->image->bytes);
    return DWARF_CB_OK;
}

static void take_references(Dwarf_Die *parent, references *all) {
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0)
        return;
    do {
        size_t before = all->count;
        dwarf_getattrs(&die, take_reference, all, 0);
        for (size_t i = before; i < all->count; i++)
            all->items[i].own = (uint32_t)dwarf_cuoffset(&die);
        take_references(&die, all);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Each reference to a type, an origin or the next entry leads to its own entry. */
Test(code_files, entries_that_refer_to_themselves, .timeout = 100) {
    image i = load();
    reference items[1024];
    references all = {.items = items, .room = 1024, .image = &i};
    Elf *elf = elf_memory((char *)i.bytes, i.count);
    Dwarf *debug = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    Dwarf_CU *unit = NULL;
    Dwarf_Die top;
    while (debug && dwarf_get_units(debug, unit, &unit, NULL, NULL, &top, NULL) == 0)
        take_references(&top, &all);
    cr_expect_gt(all.count, 20u);
    for (size_t r = 0; r < all.count; r++) {
        memcpy(i.scratch, i.bytes, i.count);
        memcpy(i.scratch + items[r].at, &items[r].own, sizeof items[r].own);
        expect_read(i.scratch, i.count, "a reference to itself", (unsigned)r);
    }
    dwarf_end(debug);
    elf_end(elf);
    drop(&i);
}

Test(code_files, wrong_relocations_and_code, .timeout = 100) {
    change_sections(".rela", 50);
    change_sections(".text", 100);
    change_sections(".eh_frame", 50);
}

Test(code_files, wrong_headers, .timeout = 100) {
    image i = load();
    change(&i, 0, 64 + 13 * 56, "the file's and the program's headers", 200);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)i.bytes;
    change(&i, header->e_shoff, (size_t)header->e_shnum * sizeof(Elf64_Shdr), "section headers",
           400);
    drop(&i);
}

Test(code_files, a_file_that_is_cut_off, .timeout = 100) {
    image i = load();
    uint64_t state = 88172645463325252;
    for (size_t kept = 0; kept < i.count; kept += 1 + next(&state) % (i.count / 60))
        expect_read(i.bytes, kept, "cut off", (unsigned)kept);
    drop(&i);
}
