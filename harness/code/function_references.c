/* Calls of a function within the file that defines it, which no import slot sees. */
#define _GNU_SOURCE
#include "function_references.h"

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

static uint32_t in_section(Elf_Scn *scn, uint64_t address, uint64_t size) {
    GElf_Shdr section;
    Elf_Data *data = gelf_getshdr(scn, &section) ? elf_getdata(scn, NULL) : NULL;
    if (!data)
        return 0;
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
            count += in_section(scn, address, size);
    }
    elf_end(elf);
    close(file);
    return count;
}
