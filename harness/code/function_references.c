/* Calls of a function within the file that defines it, which no import slot sees. */
#define _GNU_SOURCE
#include "function_references.h"

#include <Zydis/Zydis.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Whether a distance follows this byte: of a call or jump, or of an operand that counts from the
 * next instruction (ModRM with mod 0 and r/m 5). */
static bool may_precede(uint8_t byte) {
    return byte == 0xe8 || byte == 0xe9 || (byte & 0xf0) == 0x80 || (byte & 0xc7) == 0x05;
}

/* Calls, jumps and address computations end with the distance from the next instruction (Intel SDM
 * 2A, 2.2.1.6). Bytes that happen to say the same are one in four billion; but a distance of 0 is
 * what padding looks like. */
/* A jump over a short distance (eb, 70 to 7f, e0 to e3, with a byte): told by decoding from where a
 * function near by begins. */
static bool is_short_jump(const uint8_t *at, uint8_t length) {
    return length == 2 && (at[0] == 0xeb || (at[0] & 0xf0) == 0x70 || (at[0] & 0xfc) == 0xe0);
}

static uint32_t short_jumps(const Elf_Data *data, const GElf_Shdr *section, uint64_t begin,
                            uint64_t end, uint64_t address) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction code;
    uint32_t count = 0;
    if (begin < section->sh_addr || end - section->sh_addr > data->d_size || begin >= end ||
        !ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
        return 0;
    const uint8_t *bytes = (const uint8_t *)data->d_buf + (begin - section->sh_addr);
    for (uint64_t at = 0; at < end - begin; at += code.length) {
        if (!ZYAN_SUCCESS(
                ZydisDecoderDecodeInstruction(&decoder, NULL, bytes + at, end - begin - at, &code)))
            return count;
        int8_t distance = 0;
        if (code.length == 2)
            memcpy(&distance, bytes + at + 1, sizeof distance);
        count += is_short_jump(bytes + at, code.length) &&
                 begin + at + code.length + (uint64_t)(int64_t)distance == address;
    }
    return count;
}

/* In functions that lie near enough, by the file's symbols. */
static uint32_t in_neighbours(Elf *elf, Elf_Scn *symbols, const GElf_Shdr *table, uint64_t address,
                              uint64_t size) {
    enum { NEAR = 130 };
    Elf_Data *data = elf_getdata(symbols, NULL);
    uint32_t count = 0;
    for (size_t i = 0; data && table->sh_entsize && i < table->sh_size / table->sh_entsize; i++) {
        GElf_Sym symbol;
        GElf_Shdr section;
        if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE ||
            symbol.st_value == address || symbol.st_size == 0 ||
            symbol.st_value > address + size + NEAR ||
            symbol.st_value + symbol.st_size + NEAR < address)
            continue;
        Elf_Scn *scn = elf_getscn(elf, symbol.st_shndx);
        Elf_Data *code = scn && gelf_getshdr(scn, &section) ? elf_getdata(scn, NULL) : NULL;
        if (code && code->d_buf)
            count += short_jumps(code, &section, symbol.st_value, symbol.st_value + symbol.st_size,
                                 address);
    }
    return count;
}

static uint32_t in_code(const Elf_Data *data, const GElf_Shdr *section, uint64_t address,
                        uint64_t size) {
    enum { WORD = 4 };
    const uint8_t *bytes = data->d_buf;
    uint32_t count = 0;
    for (uint64_t i = 1; bytes && i + WORD <= data->d_size; i++) {
        int32_t distance;
        memcpy(&distance, bytes + i, sizeof distance);
        uint64_t next = section->sh_addr + i + WORD;
        bool is_own = next > address && next <= address + size;
        count += !is_own && distance && next + (uint64_t)(int64_t)distance == address &&
                 may_precede(bytes[i - 1]);
    }
    return count;
}

/* Pointers to it that the loader fills in by where the file lies, not by name. */
static uint32_t in_relocations(Elf_Data *data, const GElf_Shdr *section, uint64_t address) {
    uint32_t count = 0;
    for (uint64_t i = 0; i < section->sh_size / section->sh_entsize; i++) {
        GElf_Rela r;
        count += gelf_getrela(data, (int)i, &r) && GELF_R_TYPE(r.r_info) == R_X86_64_RELATIVE &&
                 (uint64_t)r.r_addend == address;
    }
    return count;
}

static bool word_at(Elf *elf, uint64_t address, uint64_t *word) {
    for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
        GElf_Shdr section;
        if (!gelf_getshdr(scn, &section) || section.sh_type == SHT_NOBITS ||
            !(section.sh_flags & SHF_ALLOC) || address < section.sh_addr ||
            address - section.sh_addr >= section.sh_size)
            continue;
        Elf_Data *data = elf_getdata(scn, NULL);
        uint64_t offset = address - section.sh_addr;
        if (!data || !data->d_buf || offset > data->d_size || data->d_size - offset < sizeof *word)
            return false;
        memcpy(word, (const uint8_t *)data->d_buf + offset, sizeof *word);
        return true;
    }
    return false;
}

/* Packed relative relocations: an address, and then words of 63 bits for those that follow (the ELF
 * gABI, "RELR"). The pointer stands where it is to be. */
static uint32_t in_packed(Elf *elf, const Elf_Data *data, uint64_t address) {
    enum { WORD = 8, BITS = 63 };
    uint64_t at = 0, entry, word;
    uint32_t count = 0;
    for (size_t i = 0; data->d_buf && (i + 1) * WORD <= data->d_size; i++) {
        memcpy(&entry, (const uint8_t *)data->d_buf + i * WORD, sizeof entry);
        if (!(entry & 1)) {
            count += word_at(elf, entry, &word) && word == address;
            at = entry + WORD;
            continue;
        }
        for (unsigned bit = 0; bit < BITS; bit++) {
            if (entry >> (bit + 1) & 1)
                count += word_at(elf, at + (uint64_t)bit * WORD, &word) && word == address;
        }
        at += (uint64_t)BITS * WORD;
    }
    return count;
}

static uint32_t in_section(Elf *elf, Elf_Scn *scn, uint64_t address, uint64_t size) {
    enum { PACKED = 19 }; /* SHT_RELR */
    GElf_Shdr section;
    Elf_Data *data = gelf_getshdr(scn, &section) ? elf_getdata(scn, NULL) : NULL;
    if (!data)
        return 0;
    if (section.sh_type == SHT_SYMTAB)
        return in_neighbours(elf, scn, &section, address, size);
    if (section.sh_type == PACKED)
        return in_packed(elf, data, address);
    if (section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR))
        return in_code(data, &section, address, size);
    return section.sh_type == SHT_RELA && section.sh_entsize
               ? in_relocations(data, &section, address)
               : 0;
}

uint32_t ta_function_references(const char *path, uint64_t address, uint64_t size) {
    uint32_t count = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF) {
        for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn))
            count += in_section(elf, scn, address, size);
    }
    elf_end(elf);
    close(file);
    return count;
}
