/* The functions of a program's file, by their names. */
#define _GNU_SOURCE
#include "function_list.h"

#include "function_name.h"
#include "message.h"
#include "status.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct visitor {
    bool (*visit)(struct visitor *visitor, const char *symbol, bool is_import); /* false: enough */
    void *context;
} visitor;

/* A name in a table of symbols may have a version behind it; imports' are in .dynsym without. */
static bool visit_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, visitor *v) {
    Elf_Data *data = elf_getdata(section, NULL);
    for (size_t i = 0; data && i < header->sh_size / header->sh_entsize; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            continue;
        unsigned type = GELF_ST_TYPE(symbol.st_info);
        bool is_import = symbol.st_shndx == SHN_UNDEF;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        bool is_function = type == STT_FUNC || (is_import && type == STT_NOTYPE);
        if (is_function && name && *name && (!is_import || header->sh_type == SHT_DYNSYM) &&
            !v->visit(v, name, is_import))
            return false;
    }
    return true;
}

static void visit_functions(const char *path, visitor *v) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    bool goes_on = elf && elf_kind(elf) == ELF_K_ELF;
    for (Elf_Scn *section = goes_on ? elf_nextscn(elf, NULL) : NULL; section && goes_on;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_entsize &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            goes_on = visit_table(elf, section, &header, v);
    }
    elf_end(elf);
    close(file);
}

/* ---- imports ---- */

typedef struct imports {
    ta_function_name name;
    const char *written;
    ta_watched *watched;
    uint32_t room, count;
} imports;

static bool is_listed(const imports *all, const char *symbol) {
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->watched[i].import, symbol) == 0)
            return true;
    }
    return false;
}

static bool take_import(visitor *v, const char *symbol, bool is_import) {
    imports *all = v->context;
    if (!is_import || strlen(symbol) >= TA_LEDGER_SYMBOL_MAX ||
        ta_function_name_match(&all->name, symbol) != TA_NAME_WHOLE || is_listed(all, symbol))
        return true;
    ta_watched *w = &all->watched[all->count++];
    *w = (ta_watched){0};
    snprintf(w->symbol, sizeof w->symbol, "%s", all->written);
    snprintf(w->import, sizeof w->import, "%s", symbol);
    return all->count < all->room;
}

uint32_t ta_function_imports(const char *program, const char *name, ta_watched *watched,
                             uint32_t room) {
    imports all = {.written = name, .watched = watched, .room = room};
    ta_function_name_read(name, &all.name);
    visitor v = {take_import, &all};
    visit_functions(program, &v);
    if (all.count == 0) {
        *watched = (ta_watched){0};
        snprintf(watched->symbol, sizeof watched->symbol, "%s", name);
        all.count = 1;
    }
    return all.count;
}

/* ---- names ---- */

typedef struct names {
    ta_function_name wanted;
    char **text;
    uint32_t count, room;
    bool all;       /* not only what the name means */
    size_t longest; /* longer names than this are not like it */
} names;

static void keep_name(names *all, const char *text) {
    for (uint32_t i = 0; !all->all && i < all->count; i++) {
        if (strcmp(all->text[i], text) == 0)
            return;
    }
    if (all->count == all->room) {
        uint32_t room = all->room ? all->room * 2 : 64;
        char **grown = realloc(all->text, room * sizeof *grown);
        if (!grown)
            return;
        all->text = grown;
        all->room = room;
    }
    char *copy = strdup(text);
    if (copy)
        all->text[all->count++] = copy;
}

static bool take_name(visitor *v, const char *symbol, bool is_import) {
    names *all = v->context;
    char readable[TA_FUNCTION_NAME_MAX];
    (void)is_import;
    ta_name_match match = ta_function_name_match(&all->wanted, symbol);
    if (match == TA_NAME_PART || (!all->all && match != TA_NAME_WHOLE))
        return true; /* a part alone cannot be watched: it is none of the names to offer */
    ta_symbol_readable(symbol, readable, sizeof readable);
    if (all->all && !strchr(all->wanted.text, '(') && *readable != '(')
        readable[strcspn(readable, "(")] = 0; /* compared without parameters, as it is written */
    if (!all->all || strlen(readable) <= all->longest)
        keep_name(all, readable);
    return true;
}

static void free_names(names *all) {
    for (uint32_t i = 0; i < all->count; i++)
        free(all->text[i]);
    free(all->text);
}

uint32_t ta_function_meant(const char *program, const char *name, char *text, size_t size) {
    names all = {0};
    ta_function_name_read(name, &all.wanted);
    visitor v = {take_name, &all};
    visit_functions(program, &v);
    ta_message list = {text, size, 0};
    *text = 0;
    for (uint32_t i = 0; i < all.count; i++)
        ta_message_add(&list, "%s%s", i ? ", " : "", all.text[i]);
    uint32_t count = all.count;
    free_names(&all);
    return count;
}

/* The last part of a path, as in "game::World::update": what is written when the rest was not
 * thought of. */
static const char *last_part(const char *name) {
    const char *last = name;
    for (const char *at = name; (at = strstr(at, "::"));)
        last = at += 2;
    return last;
}

/* What is told, each name once. */
typedef struct told {
    ta_message list;
    const char *names[3];
    unsigned count;
} told;

enum { TOLD_MAX = sizeof((told *)0)->names / sizeof(char *) };

static void tell(told *t, const char *name) {
    for (unsigned i = 0; i < t->count; i++) {
        if (strcmp(t->names[i], name) == 0)
            return;
    }
    if (t->count == TOLD_MAX)
        return;
    ta_message_add(&t->list, "%s%s", t->count ? ", " : "", name);
    t->names[t->count++] = name;
}

static uint32_t leave_out(const char **left, uint32_t count, const char *name) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(left[i], name) != 0)
            left[kept++] = left[i];
    }
    return kept;
}

/* Those of another class or namespace first, then those that are spelled alike. */
static void tell_nearest(const names *all, const char *given, told *t) {
    uint32_t count = all->count;
    const char **left = calloc(count + 1, sizeof *left);
    for (uint32_t i = 0; left && i < count; i++) {
        left[i] = all->text[i];
        if (strcmp(last_part(left[i]), last_part(given)) == 0)
            tell(t, left[i]);
    }
    for (unsigned i = 0; left && i < TOLD_MAX; i++) {
        const char *name = ta_nearest_name(given, left, count);
        if (!name)
            break;
        tell(t, name);
        count = leave_out(left, count, name);
    }
    free(left);
}

void ta_function_nearest(const char *program, const char *name, char *text, size_t size) {
    names all = {.all = true, .longest = strlen(name) * 2 + 40};
    ta_function_name_read(name, &all.wanted);
    visitor v = {take_name, &all};
    visit_functions(program, &v);
    told t = {.list = {text, size, 0}};
    *text = 0;
    tell_nearest(&all, name, &t);
    free_names(&all);
}
