/* objects.h: the modules that are loaded: which of them an address lies in, found without a lock or
 * an allocation, from any thread and from signal handlers.
 *
 *     ta_object object;
 *     if (ta_object_find(address, &object)) ... object.name ...
 *
 * glibc's _dl_find_object() is asked, if it was found to agree with the modules' own headers; else
 * a list that is made with dl_iterate_phdr() (assumption find_object). */
#ifndef TA_AUDIT_OBJECTS_H
#define TA_AUDIT_OBJECTS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ta_object {
    const char *begin, *end;   /* what of it is mapped */
    uint64_t load_bias;        /* added to the file's own addresses */
    const char *name;          /* the loader's: a path, "" for the program; lives with the module */
    const ElfW(Dyn) * dynamic; /* its dynamic section */
    const uint8_t *eh_frame_hdr; /* index of its unwind tables; NULL for none */
} ta_object;

#pragma GCC visibility push(hidden)

/* Once, at the start, before other threads: checks the assumption. Takes the loader's lock. */
void ta_objects_begin(void);

bool ta_object_find(const void *address, ta_object *found);

/* Whether the import slot that a relocation of a module fills can be redirected: it is aligned and
 * leads into a loaded module (to the function, or as long as it was not called yet, to the module's
 * own PLT), and calls go through it. */
bool ta_object_import_is_sound(const ElfW(Rela) * relocation, uintptr_t bias);

/* Whether it is the auditor's own library. */
bool ta_object_is_ours(const ta_object *object);

/* Modules may have come or gone: brings the list up to date, if that is what is used. Takes the
 * loader's lock: never from within malloc. */
void ta_objects_refresh(void);

/* The first module in look-up order, which is the program (see link_map in <link.h>); NULL before
 * ta_objects_begin(). */
const struct link_map *ta_objects_first(void);

#pragma GCC visibility pop

#endif
