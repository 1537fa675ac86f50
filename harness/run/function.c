#define _GNU_SOURCE
#include "function.h"

#include <Zydis/Zydis.h>
#include <fcntl.h>
#include <gelf.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JUMP_BYTES = 5 };

/* A function's code, in the file. */
typedef struct body {
    const char *name;
    uint64_t address;
    const uint8_t *code;
    uint64_t bytes;
} body;

static ta_status refuse(const body *function, const char *why) {
    return ta_status_make(TA_BAD_INPUT,
                          "symbol:%s: that function of the program cannot be watched: %s",
                          function->name, why);
}

#if defined(__x86_64__)

typedef struct instruction {
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t at; /* in the function */
} instruction;

static bool decode(const body *function, uint64_t at, instruction *i) {
    ZydisDecoder decoder;
    i->at = at;
    return ZYAN_SUCCESS(
               ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, function->code + at, function->bytes - at,
                                               &i->decoded, i->operands));
}

/* A call or jump to a place that stands in it, counted from its own. */
static bool is_branch(const instruction *i) {
    ZydisInstructionCategory category = i->decoded.meta.category;
    return (category == ZYDIS_CATEGORY_COND_BR || category == ZYDIS_CATEGORY_UNCOND_BR ||
            category == ZYDIS_CATEGORY_CALL) &&
           i->decoded.operand_count > 0 && i->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

/* A word that counts from the end of its instruction, as addresses of data do, has to be changed
 * when the instruction is moved. */
static ta_status take_relative(const body *function, const instruction *i, ta_watched *w) {
    if (!(i->decoded.attributes & ZYDIS_ATTRIB_IS_RELATIVE))
        return ta_status_ok();
    if (i->decoded.raw.disp.size != 32 || w->relative_count == TA_LEDGER_WATCHED_RELATIVE_MAX)
        return refuse(function, "its first instructions cannot be moved");
    w->relative[w->relative_count++] = (uint32_t)i->at + i->decoded.raw.disp.offset;
    return ta_status_ok();
}

/* A call or a jump is made anew with the whole address: it ends what is moved. */
static ta_status take_branch(const body *function, const instruction *i, ta_watched *w) {
    ZydisInstructionCategory category = i->decoded.meta.category;
    if (category == ZYDIS_CATEGORY_COND_BR || w->code_bytes < JUMP_BYTES)
        return refuse(function, "it branches within its first five bytes");
    w->last_is = category == ZYDIS_CATEGORY_CALL ? TA_WATCHED_CALLS : TA_WATCHED_JUMPS;
    if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&i->decoded, &i->operands[0],
                                               function->address + i->at, &w->target)))
        return refuse(function, "its first instructions cannot be moved");
    return ta_status_ok();
}

static ta_status take_beginning(const body *function, ta_watched *w) {
    instruction i;
    ta_status status = ta_status_ok();
    for (uint64_t at = 0; ta_ok(status) && at < JUMP_BYTES; at += i.decoded.length) {
        if (at >= function->bytes || !decode(function, at, &i))
            return refuse(function, "it is too short for a jump, or its code cannot be read");
        w->code_bytes = (uint32_t)(at + i.decoded.length);
        if (is_branch(&i)) {
            status = take_branch(function, &i, w);
        } else {
            w->moved_bytes = w->code_bytes;
            status = take_relative(function, &i, w);
        }
    }
    if (ta_ok(status))
        memcpy(w->code, function->code, w->code_bytes);
    return status;
}

/* A jump to one of the instructions that were moved would land in the middle of ours; a jump to the
 * first would be a call in a call, each time. */
static ta_status check_jumps(const body *function, const ta_watched *w) {
    instruction i;
    for (uint64_t at = 0; at < function->bytes; at += i.decoded.length) {
        if (!decode(function, at, &i))
            return refuse(function, "its code cannot be read to the end");
        uint64_t target;
        bool jumps = is_branch(&i) && i.decoded.meta.category != ZYDIS_CATEGORY_CALL;
        if (jumps &&
            ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&i.decoded, &i.operands[0], at, &target)) &&
            target < w->code_bytes)
            return refuse(function, "it jumps back to its beginning");
    }
    return ta_status_ok();
}

static ta_status take(const body *function, ta_watched *w) {
    *w = (ta_watched){.address = function->address};
    snprintf(w->symbol, sizeof w->symbol, "%s", function->name);
    ta_status status = take_beginning(function, w);
    return ta_ok(status) ? check_jumps(function, w) : status;
}

#else

static ta_status take(const body *function, ta_watched *w) {
    (void)w;
    return refuse(function, "that is built for x86-64 only");
}

#endif

/* As the linker knows it or, with a "::" in the name, as it is written. */
static bool is_named(const char *symbol, const char *name) {
    if (strcmp(symbol, name) == 0)
        return true;
    if (!strstr(name, "::"))
        return false;
    char *readable = cplus_demangle(symbol, DMGL_AUTO | DMGL_ANSI);
    bool same = readable && strcmp(readable, name) == 0;
    free(readable);
    return same;
}

/* Its code, when it is a function of this program with a size. */
static bool find_body(Elf *elf, const GElf_Sym *symbol, body *function) {
    Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
    GElf_Shdr header;
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    if (!data || !data->d_buf || !gelf_getshdr(section, &header) || symbol->st_size == 0 ||
        symbol->st_value < header.sh_addr)
        return false;
    uint64_t offset = symbol->st_value - header.sh_addr;
    if (offset > data->d_size || symbol->st_size > data->d_size - offset)
        return false;
    function->address = symbol->st_value;
    function->code = (const uint8_t *)data->d_buf + offset;
    function->bytes = symbol->st_size;
    return true;
}

static bool is_known(const ta_watched *watched, uint32_t count, uint64_t address) {
    for (uint32_t i = 0; i < count; i++) {
        if (watched[i].address == address)
            return true;
    }
    return false;
}

static ta_status look_in(Elf *elf, Elf_Scn *section, const GElf_Shdr *table, body *function,
                         ta_watched *watched, uint32_t room, uint32_t *count) {
    Elf_Data *data = elf_getdata(section, NULL);
    ta_status status = ta_status_ok();
    for (size_t i = 0; data && ta_ok(status) && i < table->sh_size / table->sh_entsize; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE)
            continue;
        const char *name = elf_strptr(elf, table->sh_link, symbol.st_name);
        if (!name || !is_named(name, function->name) ||
            is_known(watched, *count, symbol.st_value) || !find_body(elf, &symbol, function))
            continue;
        if (*count == room)
            return refuse(function, "there are too many functions to watch");
        status = take(function, &watched[*count]);
        *count += ta_ok(status);
    }
    return status;
}

ta_status ta_function_find(const char *program, const char *name, ta_watched *watched,
                           uint32_t room, uint32_t *count) {
    body function = {.name = name};
    ta_status status = ta_status_ok();
    *count = 0;
    int file = open(program, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return status; /* whoever starts it will say so */
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    bool is_elf = elf && elf_kind(elf) == ELF_K_ELF;
    for (Elf_Scn *section = is_elf ? elf_nextscn(elf, NULL) : NULL; section && ta_ok(status);
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_entsize &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            status = look_in(elf, section, &header, &function, watched, room, count);
    }
    elf_end(elf);
    close(file);
    return status;
}
