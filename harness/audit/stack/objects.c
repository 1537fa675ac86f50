/* The modules that are loaded, by the loader's own look-up or by a list of ours. */
#define _GNU_SOURCE
#include "objects.h"

#include "assumptions.h"
#include "audit.h"

#include <dlfcn.h>
#include <string.h>

/* Entries are only ever added; one whose module is gone is marked so, since a signal handler or
 * another thread may be reading. */
enum { LISTED_MAX = 512 };

typedef struct listed {
    ta_object object;
    uint32_t gone;
    uint32_t seen; /* in the refresh that is under way */
} listed;

static listed list[LISTED_MAX];
static uint32_t list_count;

static void take_segment(const struct dl_phdr_info *module, const ElfW(Phdr) * header,
                         ta_object *object) {
    const char *begin = (const char *)(module->dlpi_addr + header->p_vaddr);
    if (header->p_type == PT_LOAD) {
        const char *end = begin + header->p_memsz;
        object->begin = !object->begin || begin < object->begin ? begin : object->begin;
        object->end = end > object->end ? end : object->end;
    } else if (header->p_type == PT_DYNAMIC) {
        object->dynamic = (const void *)begin;
    } else if (header->p_type == PT_GNU_EH_FRAME) {
        object->eh_frame_hdr = (const void *)begin;
    }
}

static ta_object object_of(const struct dl_phdr_info *module) {
    ta_object object = {.load_bias = module->dlpi_addr, .name = module->dlpi_name};
    for (int i = 0; i < module->dlpi_phnum; i++)
        take_segment(module, &module->dlpi_phdr[i], &object);
    return object;
}

static bool is_same(const ta_object *a, const ta_object *b) {
    return a->begin == b->begin && a->end == b->end && a->dynamic == b->dynamic &&
           a->name == b->name;
}

static int list_one(struct dl_phdr_info *module, size_t size, void *context) {
    (void)size;
    (void)context;
    ta_object object = object_of(module);
    for (uint32_t i = 0; i < list_count; i++) {
        if (!list[i].gone && is_same(&list[i].object, &object)) {
            list[i].seen = 1;
            return 0;
        }
    }
    if (list_count == LISTED_MAX)
        return 1;
    list[list_count] = (listed){.object = object, .seen = 1};
    __atomic_store_n(&list_count, list_count + 1, __ATOMIC_RELEASE);
    return 0;
}

static void bring_up_to_date(void) {
    static uint32_t busy;
    if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
        return; /* another thread does it */
    for (uint32_t i = 0; i < list_count; i++)
        list[i].seen = 0;
    dl_iterate_phdr(list_one, NULL);
    for (uint32_t i = 0; i < list_count; i++) {
        if (!list[i].seen)
            __atomic_store_n(&list[i].gone, 1, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

static bool find_in_list(const char *address, ta_object *found) {
    uint32_t count = __atomic_load_n(&list_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        const ta_object *object = &list[i].object;
        if (address >= object->begin && address < object->end &&
            !__atomic_load_n(&list[i].gone, __ATOMIC_RELAXED)) {
            *found = *object;
            return true;
        }
    }
    return false;
}

static bool find_by_loader(const void *address, ta_object *found) {
    struct dl_find_object told;
    if (_dl_find_object((void *)(uintptr_t)address, &told) != 0 || !told.dlfo_link_map)
        return false;
    const struct link_map *module = told.dlfo_link_map;
    *found = (ta_object){told.dlfo_map_start, told.dlfo_map_end, module->l_addr,
                         module->l_name,      module->l_ld,      told.dlfo_eh_frame};
    return true;
}

bool ta_object_find(const void *address, ta_object *found) {
    return ta_assumption_holds(TA_ASSUMPTION_find_object) ? find_by_loader(address, found)
                                                          : find_in_list(address, found);
}

/* Whether calls go through the slot at all: a linker that marks its PLT (-z mark-plt) says in the
 * addend where the branch through the slot is, and glibc may have replaced that by a direct one
 * (tunable glibc.cpu.plt_rewrite). */
static bool is_called_through(const ElfW(Rela) * r, uintptr_t bias) {
    static const unsigned char indirect[] = {0xff, 0x25};
    ta_object object;
    const unsigned char *branch = (const unsigned char *)(bias + (uintptr_t)r->r_addend);
    if (ELF64_R_TYPE(r->r_info) != R_X86_64_JUMP_SLOT || r->r_addend == 0 ||
        !ta_object_find(branch, &object) || object.load_bias != bias)
        return true;
    return memcmp(branch, indirect, sizeof indirect) == 0 ||
           memcmp(branch + 1, indirect, sizeof indirect) == 0; /* behind a prefix */
}

bool ta_object_import_is_sound(const ElfW(Rela) * r, uintptr_t bias) {
    uintptr_t slot = bias + r->r_offset;
    ta_object object;
    return slot % sizeof(void *) == 0 && ta_object_find(*(void **)slot, &object) &&
           is_called_through(r, bias);
}

bool ta_object_is_ours(const ta_object *object) {
    return object->dynamic == _DYNAMIC;
}

void ta_objects_refresh(void) {
    if (!ta_assumption_holds(TA_ASSUMPTION_find_object))
        bring_up_to_date();
}

/* Whether the loader says of a module's code what its headers say. Its end may be rounded up to a
 * page. The kernel's own module is in no list of the loader's. */
static int compare_one(struct dl_phdr_info *module, size_t size, void *agree) {
    (void)size;
    ta_object ours = object_of(module), told;
    if (ours.dynamic && find_by_loader(ours.dynamic, &told))
        *(bool *)agree = *(bool *)agree && told.dynamic == ours.dynamic &&
                         told.load_bias == ours.load_bias &&
                         told.eh_frame_hdr == ours.eh_frame_hdr && told.begin <= ours.begin &&
                         told.end >= ours.end;
    return 0;
}

/* The program's module is the first as long as the process lives. */
static const struct link_map *first;

static void find_first(void) {
    struct link_map *module = NULL;
    Dl_info info;
    if (dladdr1(&ta_home, &info, (void **)&module, RTLD_DL_LINKMAP) == 0)
        return;
    while (module && module->l_prev)
        module = module->l_prev;
    first = module;
}

void ta_objects_begin(void) {
    ta_object told;
    find_first();
    bool agree = find_by_loader(&ta_home, &told) && ta_object_is_ours(&told);
    dl_iterate_phdr(compare_one, &agree);
    ta_assumption_settle(TA_ASSUMPTION_find_object, agree);
    ta_objects_refresh();
}

const struct link_map *ta_objects_first(void) {
    return first;
}
