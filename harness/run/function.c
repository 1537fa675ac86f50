#define _GNU_SOURCE
#include "function.h"

#include "function_name.h"

#include <Zydis/Zydis.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JUMP_BYTES = 5 };

/* A function's code, in the file. */
typedef struct body {
    const char *name; /* as it was asked for */
    const ta_function_name *wanted;
    uint64_t address;
    const uint8_t *code;
    uint64_t bytes;
} body;

static ta_status refuse(const body *function, const char *why) {
    return ta_status_make(TA_BAD_INPUT,
                          "symbol:%s: that function of the program cannot be watched: %s; as a "
                          "hot path it can be named by --hot stack:NAME, which changes no code",
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

/* Adds bytes to what is run in another place; there is room for whatever five bytes can begin. */
static void put(ta_watched *w, const void *bytes, uint32_t count) {
    memcpy(w->moved + w->moved_bytes, bytes, count);
    w->moved_bytes += count;
}

static void put_address(ta_watched *w, uint64_t address) {
    static const uint8_t none[8];
    w->changes[w->change_count].at = w->moved_bytes;
    w->changes[w->change_count++].address = address;
    put(w, none, sizeof none);
}

/* To anywhere, with no register: jmp *0(%rip), and the address. */
static void put_jump(ta_watched *w, uint64_t address) {
    static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    put(w, jump, sizeof jump);
    put_address(w, address);
}

/* A call is to return to where it did, or unwinders would find an address that no table knows: that
 * address is pushed, and the rest is a jump. push 6(%rip); jmp *8(%rip); the two addresses. */
static void put_call(ta_watched *w, uint64_t address, uint64_t return_to) {
    static const uint8_t call[] = {0xff, 0x35, 6, 0, 0, 0, 0xff, 0x25, 8, 0, 0, 0};
    put(w, call, sizeof call);
    put_address(w, return_to);
    put_address(w, address);
}

/* On the opposite condition over a jump: a short one, whose code is 0x70 and the condition. */
static bool put_conditional(ta_watched *w, const instruction *i, const uint8_t *code,
                            uint64_t address) {
    enum { SHORT = 0x70, NEAR = 0x80, JUMP_SIZE = 14 };
    uint8_t first = code[i->decoded.raw.prefix_count];
    uint8_t opcode = first == 0x0f ? code[i->decoded.raw.prefix_count + 1] : first;
    uint8_t kind = opcode & 0xf0;
    if (kind != (first == 0x0f ? NEAR : SHORT))
        return false; /* jrcxz, loop */
    const uint8_t over[] = {(uint8_t)(SHORT | ((opcode & 0x0f) ^ 1)), JUMP_SIZE};
    put(w, over, sizeof over);
    put_jump(w, address);
    return true;
}

/* Writes an instruction for another place; `*ends` when nothing behind it is come to. */
static bool put_instruction(const body *function, const instruction *i, ta_watched *w, bool *ends) {
    const uint8_t *code = function->code + i->at;
    uint64_t here = function->address + i->at, target;
    if (is_branch(i)) {
        ZydisInstructionCategory category = i->decoded.meta.category;
        if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&i->decoded, &i->operands[0], here, &target)))
            return false;
        *ends = category != ZYDIS_CATEGORY_COND_BR;
        if (category == ZYDIS_CATEGORY_COND_BR)
            return put_conditional(w, i, code, target);
        if (category == ZYDIS_CATEGORY_CALL)
            put_call(w, target, here + i->decoded.length);
        else
            put_jump(w, target);
        return true;
    }
    if (i->decoded.attributes & ZYDIS_ATTRIB_IS_RELATIVE) { /* data, counted from here */
        if (i->decoded.raw.disp.size != 32)
            return false;
        uint32_t delta = (uint32_t)i->at - w->moved_bytes; /* it is further on in what is run */
        uint8_t copy[ZYDIS_MAX_INSTRUCTION_LENGTH];
        uint32_t word;
        memcpy(copy, code, i->decoded.length);
        memcpy(&word, copy + i->decoded.raw.disp.offset, sizeof word);
        word += delta;
        memcpy(copy + i->decoded.raw.disp.offset, &word, sizeof word);
        w->changes[w->change_count].at = w->moved_bytes + i->decoded.raw.disp.offset;
        w->changes[w->change_count++].is_word = 1;
        put(w, copy, i->decoded.length);
        return true;
    }
    put(w, code, i->decoded.length);
    return true;
}

static ta_status take_beginning(const body *function, ta_watched *w) {
    instruction i;
    bool ends = false;
    for (uint64_t at = 0; at < JUMP_BYTES; at += i.decoded.length) {
        if (ends || at >= function->bytes || !decode(function, at, &i))
            return refuse(function, "it is too short for a jump, or its code cannot be read");
        if (!put_instruction(function, &i, w, &ends))
            return refuse(function, "its first instructions cannot be moved");
        w->code_bytes = (uint32_t)(at + i.decoded.length);
    }
    if (!ends)
        put_jump(w, function->address + w->code_bytes);
    memcpy(w->code, function->code, w->code_bytes);
    return ta_status_ok();
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
        if (!name || ta_function_name_match(function->wanted, name) != TA_NAME_WHOLE ||
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
    ta_function_name wanted;
    ta_function_name_read(name, &wanted);
    body function = {.name = name, .wanted = &wanted};
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
