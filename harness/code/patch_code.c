/* What a function begins with, and what does the same in another place. */
#include "patch_code.h"

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <string.h>

enum { JUMP_BYTES = 5 };

/* A function's code, in the file. */
typedef struct body {
    uint64_t address;
    const uint8_t *code;
    uint64_t bytes, room; /* with what follows it in the section */
} body;

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
static void put(ta_patch_code *p, const void *bytes, uint32_t count) {
    memcpy(p->moved + p->moved_bytes, bytes, count);
    p->moved_bytes += count;
}

static void put_address(ta_patch_code *p, uint64_t address) {
    static const uint8_t none[8];
    p->changes[p->change_count].at = p->moved_bytes;
    p->changes[p->change_count++].address = address;
    put(p, none, sizeof none);
}

/* To anywhere, with no register: jmp *0(%rip), and the address. */
static void put_jump(ta_patch_code *p, uint64_t address) {
    static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    put(p, jump, sizeof jump);
    put_address(p, address);
}

/* A call is to return to where it did, or unwinders would find an address that no table knows: that
 * address is pushed, and the rest is a jump. push 6(%rip); jmp *8(%rip); the two addresses. */
static void put_call(ta_patch_code *p, uint64_t address, uint64_t return_to) {
    static const uint8_t call[] = {0xff, 0x35, 6, 0, 0, 0, 0xff, 0x25, 8, 0, 0, 0};
    put(p, call, sizeof call);
    put_address(p, return_to);
    put_address(p, address);
}

/* On the opposite condition over a jump: a short one, whose code is 0x70 and the condition. */
static bool put_conditional(ta_patch_code *p, const instruction *i, const uint8_t *code,
                            uint64_t address) {
    enum { SHORT = 0x70, NEAR = 0x80, JUMP_SIZE = 14 };
    uint8_t first = code[i->decoded.raw.prefix_count];
    uint8_t opcode = first == 0x0f ? code[i->decoded.raw.prefix_count + 1] : first;
    uint8_t kind = opcode & 0xf0;
    if (kind != (first == 0x0f ? NEAR : SHORT))
        return false; /* jrcxz, loop */
    const uint8_t over[] = {(uint8_t)(SHORT | ((opcode & 0x0f) ^ 1)), JUMP_SIZE};
    put(p, over, sizeof over);
    put_jump(p, address);
    return true;
}

/* Writes an instruction for another place; `*ends` when nothing behind it is come to. */
static bool put_instruction(const body *function, const instruction *i, ta_patch_code *p,
                            bool *ends) {
    const uint8_t *code = function->code + i->at;
    uint64_t here = function->address + i->at, target;
    if (is_branch(i)) {
        ZydisInstructionCategory category = i->decoded.meta.category;
        if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&i->decoded, &i->operands[0], here, &target)))
            return false;
        *ends = category != ZYDIS_CATEGORY_COND_BR;
        if (category == ZYDIS_CATEGORY_COND_BR)
            return put_conditional(p, i, code, target);
        if (category == ZYDIS_CATEGORY_CALL)
            put_call(p, target, here + i->decoded.length);
        else
            put_jump(p, target);
        return true;
    }
    if (i->decoded.attributes & ZYDIS_ATTRIB_IS_RELATIVE) { /* data, counted from here */
        if (i->decoded.raw.disp.size != 32)
            return false;
        uint32_t delta = (uint32_t)i->at - p->moved_bytes; /* it is further on in what is run */
        uint8_t copy[ZYDIS_MAX_INSTRUCTION_LENGTH];
        uint32_t word;
        memcpy(copy, code, i->decoded.length);
        memcpy(&word, copy + i->decoded.raw.disp.offset, sizeof word);
        word += delta;
        memcpy(copy + i->decoded.raw.disp.offset, &word, sizeof word);
        p->changes[p->change_count].at = p->moved_bytes + i->decoded.raw.disp.offset;
        p->changes[p->change_count++].is_word = 1;
        put(p, copy, i->decoded.length);
        return true;
    }
    put(p, code, i->decoded.length);
    return true;
}

static const char *take_beginning(const body *function, ta_patch_code *p) {
    instruction i;
    bool ends = false;
    for (uint64_t at = 0; at < JUMP_BYTES; at += i.decoded.length) {
        if (ends || at >= function->bytes || !decode(function, at, &i))
            return "it is too short for a jump, or its code cannot be read";
        if (!put_instruction(function, &i, p, &ends))
            return "its first instructions cannot be moved";
        p->code_bytes = (uint32_t)(at + i.decoded.length);
    }
    if (!ends)
        put_jump(p, function->address + p->code_bytes);
    memcpy(p->code, function->code, p->code_bytes);
    return NULL;
}

/* A jump to one of the instructions that were moved would land in the middle of ours; a jump to the
 * first would be a call in a call, each time. */
static const char *check_jumps(const body *function, const ta_patch_code *p) {
    instruction i;
    for (uint64_t at = 0; at < function->bytes; at += i.decoded.length) {
        if (!decode(function, at, &i))
            return "its code cannot be read to the end";
        uint64_t target;
        bool jumps = is_branch(&i) && i.decoded.meta.category != ZYDIS_CATEGORY_CALL;
        if (jumps &&
            ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&i.decoded, &i.operands[0], at, &target)) &&
            target < p->code_bytes)
            return "it jumps back to its beginning";
    }
    return NULL;
}

/* Padding behind a function that is shorter than a jump (a `free` that does nothing is one byte).
 */
static uint64_t with_padding(const body *function) {
    body room = *function;
    instruction i;
    room.bytes = function->room;
    uint64_t at = function->bytes;
    while (at < JUMP_BYTES && decode(&room, at, &i) &&
           (i.decoded.mnemonic == ZYDIS_MNEMONIC_NOP || i.decoded.mnemonic == ZYDIS_MNEMONIC_INT3))
        at += i.decoded.length;
    return at;
}

const char *ta_patch_code_make(uint64_t address, const uint8_t *bytes, uint64_t count,
                               uint64_t room, ta_patch_code *p) {
    body function = {address, bytes, count, room};
    *p = (ta_patch_code){.address = address};
    if (count < JUMP_BYTES)
        function.bytes = with_padding(&function);
    const char *why = take_beginning(&function, p);
    return why ? why : check_jumps(&function, p);
}

#else

const char *ta_patch_code_make(uint64_t address, const uint8_t *bytes, uint64_t count,
                               uint64_t room, ta_patch_code *p) {
    (void)address;
    (void)bytes;
    (void)count;
    (void)room;
    (void)p;
    return "that is built for x86-64 only";
}

#endif
