/* The System V ABI of x86-64, 3.2.3: six numbers or pointers and eight floating-point numbers go in
 * registers, each further one in eight bytes of the stack. */
#define _GNU_SOURCE
#include "function_arguments.h"

#include "die.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is passed by registers, if there is room. */
typedef struct passed {
    uint32_t whole, floating;
    uint64_t memory; /* bytes of structs that are too large for registers */
    bool is_known;
} passed;

/* Any other language may pass its arguments by rules of its own. */
static bool is_c_family(Dwarf_Die *unit) {
    switch (dwarf_srclang(unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
        return true;
    default:
        return false;
    }
}

static bool is_name_or_qualifier(int tag) {
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
           tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* A type without its names and qualifiers; false for none, as of a function that returns nothing.
 * dwarf_peel_type() would not end where a type is its own name. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type) {
    Dwarf_Die at = *die;
    for (unsigned i = 0; i < TA_DIE_LINKS_MAX; i++) {
        Dwarf_Attribute attribute;
        if (!dwarf_attr_integrate(&at, DW_AT_type, &attribute) ||
            !dwarf_formref_die(&attribute, type))
            return false;
        if (!is_name_or_qualifier(dwarf_tag(type)))
            return true;
        at = *type;
    }
    return false;
}

static void take_number(Dwarf_Die *type, passed *p) {
    Dwarf_Attribute attribute;
    Dwarf_Word encoding = 0;
    int bytes = dwarf_bytesize(type);
    p->is_known &= bytes > 0 && bytes <= 8 &&
                   dwarf_formudata(dwarf_attr(type, DW_AT_encoding, &attribute), &encoding) == 0;
    bool is_floating = encoding == DW_ATE_float || encoding == DW_ATE_complex_float ||
                       encoding == DW_ATE_decimal_float;
    p->floating += is_floating;
    p->whole += !is_floating;
}

/* How it is passed is told by its size when it is large; else, and in C++, by what it is made of.
 */
static void take_struct(Dwarf_Die *type, passed *p) {
    enum { IN_REGISTERS_MAX = 16, WORD_BYTES = 8 };
    int bytes = dwarf_bytesize(type);
    p->is_known = false;
    if (bytes > IN_REGISTERS_MAX)
        p->memory += ((uint64_t)bytes + WORD_BYTES - 1) / WORD_BYTES * WORD_BYTES;
}

static void take_parameter(Dwarf_Die *parameter, passed *p) {
    Dwarf_Die type;
    if (!type_of(parameter, &type)) {
        p->is_known = false;
        return;
    }
    switch (dwarf_tag(&type)) {
    case DW_TAG_base_type:
        take_number(&type, p);
        return;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
    case DW_TAG_enumeration_type:
        p->whole++;
        return;
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
        take_struct(&type, p);
        return;
    default:
        p->is_known = false;
    }
}

/* A large struct is returned through a pointer, which comes first. */
static void take_return(Dwarf_Die *function, passed *p) {
    Dwarf_Die type;
    if (type_of(function, &type) && dwarf_tag(&type) != DW_TAG_base_type &&
        dwarf_tag(&type) != DW_TAG_pointer_type)
        p->whole++;
}

/* The function itself, when this is a copy of it that stands out of line. */
static void go_to_origin(Dwarf_Die *function) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    for (unsigned i = 0; i < TA_DIE_LINKS_MAX; i++) {
        if (!dwarf_attr(function, DW_AT_abstract_origin, &attribute) ||
            !dwarf_formref_die(&attribute, &origin))
            return;
        *function = origin;
    }
}

static passed arguments_of(Dwarf_Die *function) {
    Dwarf_Die child;
    passed p = {.is_known = !dwarf_hasattr_integrate(function, DW_AT_calling_convention)};
    go_to_origin(function);
    take_return(function, &p);
    if (dwarf_child(function, &child) != 0)
        return p;
    do {
        if (dwarf_tag(&child) == DW_TAG_formal_parameter)
            take_parameter(&child, &p);
        p.is_known &= dwarf_tag(&child) != DW_TAG_unspecified_parameters;
    } while (ta_die_next(&child));
    return p;
}

static void set(ta_watched *w, passed p) {
    enum { WHOLE_IN_REGISTERS = 6, FLOATING_IN_REGISTERS = 8, WORD_BYTES = 8 };
    uint32_t words = p.whole > WHOLE_IN_REGISTERS ? p.whole - WHOLE_IN_REGISTERS : 0;
    words += p.floating > FLOATING_IN_REGISTERS ? p.floating - FLOATING_IN_REGISTERS : 0;
    w->arguments_known = p.is_known;
    uint64_t bytes = (uint64_t)words * WORD_BYTES + p.memory;
    w->arguments_bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

/* In a unit that has its address. */
static void look_in_unit(Dwarf_Die *unit, ta_watched *w) {
    Dwarf_Die *scopes = NULL;
    int count = dwarf_getscopes(unit, w->own.address, &scopes);
    for (int i = 0; i < count; i++) {
        Dwarf_Addr entry;
        if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram && dwarf_entrypc(&scopes[i], &entry) == 0 &&
            entry == w->own.address) {
            set(w, arguments_of(&scopes[i]));
            break;
        }
    }
    free(scopes);
}

/* A compiler names its own copies with a dot (.isra, .constprop): they may take other arguments. */
static bool has_changed_copy_at(Elf *elf, uint64_t address) {
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB || !header.sh_entsize)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (size_t i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_value != address ||
                GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
                continue;
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (!name || strchr(name, '.'))
                return true;
        }
    }
    return false;
}

static void look_for(Dwarf *debug, ta_watched *w) {
    Dwarf_CU *next = NULL;
    Dwarf_Die unit;
    if (!w->own.address || has_changed_copy_at(dwarf_getelf(debug), w->own.address))
        return;
    while (dwarf_get_units(debug, next, &next, NULL, NULL, &unit, NULL) == 0) {
        if (dwarf_haspc(&unit, w->own.address) == 1 && is_c_family(&unit)) {
            look_in_unit(&unit, w);
            return;
        }
    }
}

void ta_function_arguments(const char *program, ta_watched *watched, uint32_t count) {
#if defined(__x86_64__)
    int file = open(program, O_RDONLY | O_CLOEXEC);
    Dwarf *debug = file >= 0 ? dwarf_begin(file, DWARF_C_READ) : NULL;
    for (uint32_t i = 0; debug && i < count; i++)
        look_for(debug, &watched[i]);
    dwarf_end(debug);
    if (file >= 0)
        close(file);
#else
    (void)program;
    (void)watched;
    (void)count;
#endif
}
