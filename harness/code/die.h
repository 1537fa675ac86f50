/* die.h: walking the entries of debug information (DIEs) of a file that may be wrong: every walk
 * ends.
 *
 *     if (dwarf_child(parent, &die) == 0)
 *         do { ... } while (ta_die_next(&die));
 *
 * Nothing here allocates. */
#ifndef TA_CODE_DIE_H
#define TA_CODE_DIE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

enum {
    TA_DIE_LINKS_MAX = 64,  /* of types that are names of types, and the like */
    TA_DIE_DEPTH_MAX = 1000 /* entries within entries; compilers write dozens */
};

/* The next of the same parent, which lies further on in the file; false when there is none. */
static inline bool ta_die_next(Dwarf_Die *die) {
    Dwarf_Die next;
    if (dwarf_siblingof(die, &next) != 0 || next.addr <= die->addr)
        return false;
    *die = next;
    return true;
}

#endif
