/* Jumps by which functions end: a call at the very end of a function is made as a jump, and what it
 * leads to runs without a frame of the function. Read from the code itself, since debug information
 * may tell less (-g1, -gstrict-dwarf, imports), or nothing. */
#define _GNU_SOURCE
#include "function_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* These do not allocate. */
bool ta_search_is_harmless(const char *readable) {
    static const char *const names[] = {"free",       "operator delete",  "operator delete[]",
                                        "memcpy",     "memmove",          "memset",
                                        "memcmp",     "strlen",           "_exit",
                                        "abort",      "__stack_chk_fail", "ta_tick_end",
                                        "ta_hot_end", "ta_allow_end"};
    size_t length = strcspn(readable, "(");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length && strncmp(readable, names[i], length) == 0)
            return true;
    }
    return false;
}

#if defined(__x86_64__)

#include <Zydis/Zydis.h>

typedef struct reader {
    ta_function_search *search;
    Elf *elf;
    ZydisDecoder decoder;
    ta_function_symbol *symbols; /* by address */
    uint32_t symbol_count;
} reader;

/* ---- symbols ---- */

static int by_address(const void *a, const void *b) {
    const ta_function_symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

static bool read_symbols(reader *r) {
    int count = dwfl_module_getsymtab(r->search->module);
    r->symbols = calloc((size_t)(count > 0 ? count : 0) + 1, sizeof *r->symbols);
    for (int i = 1; r->symbols && i < count; i++)
        r->symbol_count += ta_search_symbol(r->search, i, &r->symbols[r->symbol_count]);
    if (r->symbols)
        qsort(r->symbols, r->symbol_count, sizeof *r->symbols, by_address);
    return r->symbols != NULL;
}

/* The function around an address; NULL where no symbol says. */
static const ta_function_symbol *symbol_at(const reader *r, uint64_t address) {
    uint32_t low = 0, high = r->symbol_count;
    while (low < high) { /* the first that begins behind it */
        uint32_t middle = low + (high - low) / 2;
        if (r->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const ta_function_symbol *symbol = low > 0 ? &r->symbols[low - 1] : NULL;
    bool inside =
        symbol && (address - symbol->address < symbol->size || address == symbol->address);
    return inside ? symbol : NULL;
}

/* Whether two symbols are of one function: it and its .cold part. */
static bool are_one(const ta_function_symbol *a, const ta_function_symbol *b) {
    size_t length = ta_symbol_base(a->name, NULL);
    return a->address == b->address ||
           (length == ta_symbol_base(b->name, NULL) && strncmp(a->name, b->name, length) == 0);
}

/* ---- what lies where in the file ---- */

static const uint8_t *code_at(const reader *r, uint64_t address, size_t *count) {
    for (Elf_Scn *scn = elf_nextscn(r->elf, NULL); scn; scn = elf_nextscn(r->elf, scn)) {
        GElf_Shdr section;
        if (!gelf_getshdr(scn, &section) || section.sh_type != SHT_PROGBITS ||
            !(section.sh_flags & SHF_EXECINSTR) || address < section.sh_addr ||
            address - section.sh_addr >= section.sh_size)
            continue;
        Elf_Data *data = elf_getdata(scn, NULL);
        uint64_t offset = address - section.sh_addr;
        if (!data || !data->d_buf || offset >= data->d_size)
            return NULL;
        *count = data->d_size - offset;
        return (const uint8_t *)data->d_buf + offset;
    }
    return NULL;
}

static bool has_name(Elf *elf, const GElf_Shdr *relocations, uint64_t index, char *text,
                     size_t size) {
    Elf_Scn *scn = elf_getscn(elf, relocations->sh_link);
    GElf_Shdr table;
    GElf_Sym symbol;
    Elf_Data *data = scn && gelf_getshdr(scn, &table) ? elf_getdata(scn, NULL) : NULL;
    const char *name = data && gelf_getsym(data, (int)index, &symbol)
                           ? elf_strptr(elf, table.sh_link, symbol.st_name)
                           : NULL;
    if (!name || !*name)
        return false;
    ta_symbol_readable(name, text, size);
    return true;
}

/* The name of the import that a slot is for; "" when it is for none that has a name. */
static void name_slot(const reader *r, uint64_t slot, char *text, size_t size) {
    *text = 0;
    for (Elf_Scn *scn = elf_nextscn(r->elf, NULL); scn; scn = elf_nextscn(r->elf, scn)) {
        GElf_Shdr section;
        if (!gelf_getshdr(scn, &section) || section.sh_type != SHT_RELA || !section.sh_entsize)
            continue;
        Elf_Data *data = elf_getdata(scn, NULL);
        for (uint64_t i = 0; data && i < section.sh_size / section.sh_entsize; i++) {
            GElf_Rela rela;
            if (gelf_getrela(data, (int)i, &rela) && rela.r_offset == slot &&
                has_name(r->elf, &section, GELF_R_SYM(rela.r_info), text, size))
                return;
        }
    }
}

/* ---- jumps ---- */

typedef struct jump {
    ZydisDecodedInstruction code;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t at;
} jump;

static bool decode(const reader *r, uint64_t at, const uint8_t *bytes, size_t count, jump *j) {
    j->at = at;
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&r->decoder, bytes, count, &j->code, j->operands));
}

static bool is_jump(const jump *j) {
    return j->code.meta.category == ZYDIS_CATEGORY_UNCOND_BR ||
           j->code.meta.category == ZYDIS_CATEGORY_COND_BR;
}

static bool address_in(const jump *j, uint64_t *address) {
    return ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&j->code, &j->operands[0], j->at, address));
}

/* The import that a piece of a PLT leads to: endbr64 or nothing, and a jump through a slot. */
static bool name_plt(const reader *r, uint64_t address, char *text, size_t size) {
    enum { INSTRUCTIONS = 2 };
    size_t count;
    const uint8_t *bytes = code_at(r, address, &count);
    jump j;
    uint64_t slot;
    for (unsigned i = 0; bytes && i < INSTRUCTIONS && decode(r, address, bytes, count, &j); i++) {
        if (is_jump(&j)) {
            if (j.operands[0].type != ZYDIS_OPERAND_TYPE_MEMORY || !address_in(&j, &slot))
                return false;
            name_slot(r, slot, text, size);
            return true;
        }
        address += j.code.length;
        bytes += j.code.length;
        count -= j.code.length;
    }
    return false;
}

static void note_tail(const reader *r, uint32_t functions, const char *to) {
    for (unsigned n = 0; n < r->search->count; n++) {
        ta_function_found *found = &r->search->code->found[n];
        if (!(functions >> n & 1) || ta_search_is_harmless(to))
            continue;
        if (found->jumps++ == 0)
            snprintf(found->jumps_to, sizeof found->jumps_to, "%s", to);
    }
}

static void note_doubt(const reader *r, uint32_t functions) {
    for (unsigned n = 0; n < r->search->count; n++)
        r->search->code->found[n].may_be_tails += functions >> n & 1;
}

/* To a place that is known: within the function, its other part, another function, an import. */
static void take_direct(const reader *r, const ta_range *range, uint64_t target) {
    char name[sizeof((ta_function_found *)0)->jumps_to] = "";
    if (target >= range->begin && target < range->end)
        return;
    const ta_function_symbol *here = symbol_at(r, range->begin), *there = symbol_at(r, target);
    if (here && there && are_one(here, there))
        return;
    if (there && target == there->address) {
        ta_symbol_readable(there->name, name, sizeof name);
        note_tail(r, range->functions, name);
    } else if (!there && name_plt(r, target, name, sizeof name)) {
        note_tail(r, range->functions, name);
    } else {
        note_doubt(r, range->functions);
    }
}

/* Through memory: a slot of its own, a pointer in an object, or a table that a switch reads with an
 * index. */
static void take_memory(const reader *r, const ta_range *range, const jump *j) {
    char name[sizeof((ta_function_found *)0)->jumps_to] = "";
    const ZydisDecodedOperandMem *memory = &j->operands[0].mem;
    uint64_t slot;
    if (memory->index != ZYDIS_REGISTER_NONE)
        return;
    if (memory->base == ZYDIS_REGISTER_RIP && address_in(j, &slot))
        name_slot(r, slot, name, sizeof name);
    note_tail(r, range->functions, name);
}

/* What stands before a jump through a register when that is a switch: an offset or address from a
 * table. Otherwise it may be a call of a pointer. */
static bool is_of_table(const jump *j) {
    for (unsigned i = 0; i < j->code.operand_count; i++) {
        if (j->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            j->operands[i].mem.index != ZYDIS_REGISTER_NONE && j->operands[i].mem.scale >= 4)
            return true;
    }
    return false;
}

static void read_range(const reader *r, const ta_range *range) {
    enum { BEFORE = 6 }; /* instructions that a switch takes to find its place */
    size_t count, since_table = BEFORE;
    const uint8_t *bytes = code_at(r, range->begin, &count);
    jump j;
    uint64_t target, at = range->begin;
    while (bytes && at < range->end && count > 0 && decode(r, at, bytes, count, &j)) {
        if (is_jump(&j)) {
            if (j.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY)
                take_memory(r, range, &j);
            else if (j.operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && address_in(&j, &target))
                take_direct(r, range, target);
            else if (since_table >= BEFORE)
                note_doubt(r, range->functions);
        }
        since_table = is_of_table(&j) ? 0 : since_table + 1;
        at += j.code.length;
        bytes += j.code.length;
        count -= j.code.length;
    }
    if (at < range->end)
        note_doubt(r, range->functions);
}

/* Debug information tells of a jump through a register which of the two it is. */
static void settle(ta_function_search *s) {
    for (unsigned n = 0; n < s->count; n++) {
        ta_function_found *found = &s->code->found[n];
        if (found->defined + found->inlined > 0 && !found->calls_untold)
            found->may_be_tails = 0;
        if (found->jumps >= found->tail_calls) {
            found->tail_calls = found->jumps;
            memcpy(found->tail_to, found->jumps_to, sizeof found->tail_to);
        }
    }
}

void ta_search_jumps(ta_function_search *s) {
    GElf_Addr bias;
    reader r = {.search = s, .elf = dwfl_module_getelf(s->module, &bias)};
    bool can_decode = ZYAN_SUCCESS(
        ZydisDecoderInit(&r.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64));
    s->out_of_memory |= !read_symbols(&r);
    for (uint32_t i = 0; r.symbols && can_decode && i < s->code->range_count; i++)
        read_range(&r, &s->code->ranges[i]);
    free(r.symbols);
    settle(s);
}

#else

void ta_search_jumps(ta_function_search *s) {
    (void)s;
}

#endif
