/* The code of named functions by debug information: their ranges, and the copies that were inlined
 * into others. */
#define _GNU_SOURCE
#include "die.h"
#include "function_search.h"
#include "message.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- debug information ---- */

const char *ta_search_linkage_name(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *name = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute))
        name = dwarf_formstring(&attribute);
    return name;
}

/* ---- which function an entry is about ---- */

/* The entry that others refer to: of an inlined copy the function, of a definition outside of its
 * class the declaration in it, whose parents are those that name it. */
static Dwarf_Die origin_of(Dwarf_Die *die) {
    static const unsigned links[] = {DW_AT_abstract_origin, DW_AT_specification};
    enum { LINKS_MAX = 8 };
    Dwarf_Die at = *die, next;
    Dwarf_Attribute attribute;
    for (unsigned i = 0; i < LINKS_MAX; i++) {
        if (!dwarf_attr(&at, links[0], &attribute) && !dwarf_attr(&at, links[1], &attribute))
            break;
        if (!dwarf_formref_die(&attribute, &next))
            break;
        at = next;
    }
    return at;
}

static bool names_what_it_holds(int tag) {
    return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
           tag == DW_TAG_union_type;
}

/* The name with its namespaces and classes, as a demangler writes it, without parameters. Whether
 * there are any. */
static bool qualify(Dwarf_Die *die, const char *short_name, char *text, size_t size) {
    Dwarf_Die origin = origin_of(die), *scopes = NULL;
    int count = dwarf_getscopes_die(&origin, &scopes);
    bool any = false;
    ta_message name = {text, size, 0};
    *text = 0;
    for (int i = count - 1; i > 0; i--) {
        if (!names_what_it_holds(dwarf_tag(&scopes[i])))
            continue;
        const char *scope = dwarf_diename(&scopes[i]);
        ta_message_add(&name, "%s::", scope ? scope : "(anonymous namespace)");
        any = true;
    }
    ta_message_add(&name, "%s", short_name);
    free(scopes);
    return any;
}

/* Without parameters in the debug information, any number of them is meant. */
static bool has_parameters(Dwarf_Die *die, const ta_function_name *name) {
    Dwarf_Die origin = origin_of(die), child;
    int wanted = ta_function_name_parameters(name), count = 0;
    if (wanted < 0 || dwarf_child(&origin, &child) != 0)
        return true;
    do {
        count += dwarf_tag(&child) == DW_TAG_formal_parameter &&
                 !dwarf_hasattr(&child, DW_AT_artificial);
    } while (ta_die_next(&child));
    return count == 0 || count == wanted;
}

/* The short name rules most out; of a name that somebody wrote as the linker does it says nothing.
 * Functions that no other file can call have no linker's name in it; at -g1 there may be neither
 * that nor what it lies in (`*may_be`). */
static bool is_meant(const ta_function_name *name, Dwarf_Die *die, const char *short_name,
                     bool *may_be) {
    char qualified[TA_FUNCTION_NAME_MAX];
    bool by_linker = name->text[0] == '_' && (name->text[1] == 'Z' || name->text[1] == 'R');
    *may_be = false;
    if (!by_linker && *name->hint && !strstr(short_name, name->hint))
        return false;
    const char *linkage = ta_search_linkage_name(die);
    if (linkage)
        return ta_function_name_match(name, linkage) != TA_NAME_OTHER;
    if (ta_function_name_match(name, short_name) != TA_NAME_OTHER)
        return true;
    if (qualify(die, short_name, qualified, sizeof qualified))
        return ta_function_name_is(name, qualified) && has_parameters(die, name);
    *may_be = ta_function_name_ends(name, short_name);
    return false;
}

static uint64_t debug_bias(const ta_function_search *s) {
    Dwarf_Addr bias = 0;
    dwfl_module_getdwarf(s->module, &bias);
    return bias;
}

/* Adds the ranges of an entry; whether it has any. */
static bool add_ranges(ta_function_search *s, Dwarf_Die *die, unsigned function) {
    Dwarf_Addr base, begin, end;
    bool any = false;
    uint64_t to_file = debug_bias(s) - s->bias;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &begin, &end)) > 0;) {
        ta_search_add_range(s, begin + to_file, end + to_file, function);
        any = true;
    }
    return any;
}

/* Where a call leads that has a place of its own in the debug information; "" when it is not known.
 */
static void read_target(Dwarf_Die *call, char *text, size_t size) {
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    *text = 0;
    if (!dwarf_attr(call, DW_AT_call_origin, &attribute) &&
        !dwarf_attr(call, DW_AT_abstract_origin, &attribute))
        return;
    if (!dwarf_formref_die(&attribute, &target))
        return;
    const char *linkage = ta_search_linkage_name(&target), *name = dwarf_diename(&target);
    if (linkage || name)
        ta_symbol_readable(linkage ? linkage : name, text, size);
}

/* Whether a call is made in an inlined copy: compilers differ in whether they put it below the copy
 * or the function around it. One that tells no place may be. */
static bool is_made_in(Dwarf_Die *call, Dwarf_Die *copy) {
    Dwarf_Attribute attribute;
    Dwarf_Addr pc;
    if (dwarf_attr(call, DW_AT_call_pc, &attribute) && dwarf_formaddr(&attribute, &pc) == 0)
        return dwarf_haspc(copy, pc) == 1;
    if ((dwarf_attr(call, DW_AT_call_return_pc, &attribute) &&
         dwarf_formaddr(&attribute, &pc) == 0) ||
        dwarf_lowpc(call, &pc) == 0)
        return dwarf_haspc(copy, pc - 1) == 1;
    return true;
}

/* Calls at the end of a function, or of a copy of it that was inlined there, which its frame does
 * not outlive. `copy` may be NULL. */
static void look_for_tail_calls(Dwarf_Die *parent, Dwarf_Die *copy, unsigned depth,
                                ta_function_found *found) {
    Dwarf_Die die;
    if (depth == TA_DIE_DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        bool is_call = tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
        char target[sizeof found->tail_to];
        if (is_call && (!copy || is_made_in(&die, copy)) &&
            (dwarf_hasattr(&die, DW_AT_call_tail_call) ||
             dwarf_hasattr(&die, DW_AT_GNU_tail_call))) {
            read_target(&die, target, sizeof target);
            found->tail_calls += !ta_search_is_harmless(target);
            if (!*found->tail_to && !ta_search_is_harmless(target))
                memcpy(found->tail_to, target, sizeof target);
        } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) {
            look_for_tail_calls(&die, copy, depth + 1, found);
        }
    } while (ta_die_next(&die));
}

/* What jumps through a register are is in the debug information, if calls are. */
static bool tells_tail_calls(Dwarf_Die *die) {
    return dwarf_hasattr(die, DW_AT_call_all_calls) ||
           dwarf_hasattr(die, DW_AT_call_all_tail_calls) ||
           dwarf_hasattr(die, DW_AT_GNU_all_call_sites) ||
           dwarf_hasattr(die, DW_AT_GNU_all_tail_call_sites);
}

static void take_calls(Dwarf_Die *function, Dwarf_Die *copy, ta_function_found *found) {
    found->calls_untold |= !tells_tail_calls(function);
    look_for_tail_calls(function, copy, 0, found);
}

/* By those of the function around an inlined copy. */
static void take_calls_of_copy(Dwarf_Die *copy, ta_function_found *found) {
    Dwarf_Die *scopes = NULL;
    int count = dwarf_getscopes_die(copy, &scopes), i = 0;
    while (i < count && dwarf_tag(&scopes[i]) != DW_TAG_subprogram)
        i++;
    if (i < count)
        take_calls(&scopes[i], copy, found);
    else
        found->calls_untold = true;
    free(scopes);
}

/* A definition of another name at the address of a symbol of this one. */
static void look_for_twin(const ta_function_search *s, Dwarf_Die *die, int tag,
                          ta_function_found *found) {
    Dwarf_Addr begin;
    if (found->symbols == 0 || found->has_twin || tag != DW_TAG_subprogram ||
        dwarf_lowpc(die, &begin) != 0)
        return;
    for (uint32_t i = 0; i < found->symbols && i < TA_FUNCTION_ENTRIES_MAX; i++)
        found->has_twin |= found->entries[i].address == begin + debug_bias(s) - s->bias;
    const char *linkage = found->has_twin ? ta_search_linkage_name(die) : NULL;
    if (found->has_twin)
        ta_symbol_readable(linkage ? linkage : dwarf_diename(die), found->twin, sizeof found->twin);
}

static bool is_external(Dwarf_Die *die) {
    Dwarf_Die origin = origin_of(die);
    return dwarf_hasattr(&origin, DW_AT_external);
}

static void take_entry(ta_function_search *s, Dwarf_Die *die, int tag) {
    const char *short_name = dwarf_diename(die);
    bool may_be = false;
    for (unsigned n = 0; short_name && n < s->count; n++) {
        ta_function_found *found = &s->code->found[n];
        bool is_hidden = (s->exported >> n & 1) && !is_external(die);
        bool meant = !is_hidden && is_meant(&s->names[n], die, short_name, &may_be);
        found->may_be_inlined += may_be && tag == DW_TAG_inlined_subroutine;
        if (!meant) {
            look_for_twin(s, die, tag, found);
            continue;
        }
        bool has_code = add_ranges(s, die, n), is_copy = tag == DW_TAG_inlined_subroutine;
        found->inlined += is_copy && has_code;
        found->defined += !is_copy && (has_code || !dwarf_hasattr(die, DW_AT_inline)) &&
                          !dwarf_hasattr(die, DW_AT_declaration);
        if (has_code && is_copy)
            take_calls_of_copy(die, found);
        else if (has_code)
            take_calls(die, NULL, found);
    }
}

static bool may_hold_code(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
           tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_module ||
           tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

typedef void (*visit_entry)(ta_function_search *s, Dwarf_Die *die, int tag);

/* Recursive as the tree of entries is: as deep as blocks and inlined calls are nested. */
static void visit_below(ta_function_search *s, Dwarf_Die *parent, unsigned depth,
                        visit_entry visit) {
    Dwarf_Die die;
    if (depth == TA_DIE_DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
            visit(s, &die, tag);
        if (may_hold_code(tag))
            visit_below(s, &die, depth + 1, visit);
    } while (ta_die_next(&die));
}

void ta_search_entries(ta_function_search *s, visit_entry visit) {
    Dwarf_Addr bias;
    Dwarf_Die *unit = NULL;
    while ((unit = dwfl_module_nextcu(s->module, unit, &bias))) {
        Dwarf_Die child;
        Dwarf_Die split;
        uint8_t type;
        bool is_split = dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
                        type == DW_UT_skeleton && split.cu; /* -gsplit-dwarf: what it is the
                                                               skeleton of, in a file of its own */
        s->code->has_debug |= dwarf_child(is_split ? &split : unit, &child) == 0;
        visit_below(s, is_split ? &split : unit, 0, visit);
    }
}

void ta_search_debug(ta_function_search *s) {
    Dwarf_Addr bias;
    if (dwfl_module_getdwarf(s->module, &bias))
        ta_search_entries(s, take_entry);
}
