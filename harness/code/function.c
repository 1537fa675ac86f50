#define _GNU_SOURCE
#include "function.h"

#include "function_name.h"
#include "patch_code.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static ta_status take(const body *function, ta_watched *w) {
    *w = (ta_watched){.symbol = ""};
    snprintf(w->symbol, sizeof w->symbol, "%s", function->name);
    const char *why = ta_patch_code_make(function->address, function->code, function->bytes,
                                         function->bytes, &w->own);
    return why ? refuse(function, why) : ta_status_ok();
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
        if (watched[i].own.address == address)
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
        unsigned type = gelf_getsym(data, (int)i, &symbol) ? GELF_ST_TYPE(symbol.st_info) : 0;
        if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF ||
            symbol.st_shndx >= SHN_LORESERVE)
            continue;
        const char *name = elf_strptr(elf, table->sh_link, symbol.st_name);
        if (!name || ta_function_name_match(function->wanted, name) != TA_NAME_WHOLE ||
            is_known(watched, *count, symbol.st_value) || !find_body(elf, &symbol, function))
            continue;
        if (type == STT_GNU_IFUNC)
            return refuse(function, "it is chosen at the start from versions for several "
                                    "processors (target_clones)");
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
