/* A function of the program's own is not called through a table, so that its code has to lead past
 * us: its first instructions are moved to a place nearby, and a jump is put where they were. Done
 * before any code of the program runs; what the instructions are was found out by whoever made the
 * ledger, with a library that has no business in here. */
#define _GNU_SOURCE
#include "objects.h"
#include "watch.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)

enum {
    PAGE = 4096,
    ROOM_BYTES = 2 * PAGE,
    ROOM_STEP = 1 << 16, /* places to try for the room lie so far apart */
    REACH = 1 << 30,     /* a jump in the code reaches two GiB either way */
    PLACE_BYTES = 128,   /* per function: the way in, what is run in the place of its code */
    FAR_JUMP_BYTES = 14,
    NEAR_JUMP_BYTES = 5
};

_Static_assert(PLACE_BYTES *(TA_LEDGER_WATCHED_MAX + TA_OWN_COUNT) <= ROOM_BYTES,
               "there is room for all");
_Static_assert(FAR_JUMP_BYTES + TA_LEDGER_PATCH_MOVED_MAX <= PLACE_BYTES, "and for each");

static char *room;

static char *map_at(uintptr_t address) {
    void *mapped =
        (void *)syscall(SYS_mmap, address, (long)ROOM_BYTES, (long)(PROT_READ | PROT_WRITE),
                        (long)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE), -1L, 0L);
    if (mapped == MAP_FAILED)
        return NULL;
    if ((uintptr_t)mapped == address) {
        ta_locking_spares(mapped, ROOM_BYTES);
        return mapped;
    }
    syscall(SYS_munmap, mapped, (long)ROOM_BYTES); /* an old kernel took it for a wish */
    return NULL;
}

/* The nearest free page below or above the code. */
static char *find_room(uintptr_t code) {
    uintptr_t near = code / ROOM_STEP * ROOM_STEP;
    for (uintptr_t away = ROOM_STEP; away < REACH; away += ROOM_STEP) {
        char *found = near > away + ROOM_STEP ? map_at(near - away) : NULL;
        if (!found)
            found = map_at(near + away);
        if (found)
            return found;
    }
    return NULL;
}

/* To anywhere, with no register: jmp *0(%rip), and the address. */
static void put_far_jump(char *at, const void *to) {
    static const unsigned char jump[] = {0xff, 0x25, 0, 0, 0, 0};
    memcpy(at, jump, sizeof jump);
    memcpy(at + sizeof jump, &to, sizeof to);
}

/* What does the same as the first instructions, in its own place. */
static void put_moved(char *at, const ta_patch_code *function, uintptr_t base) {
    memcpy(at, function->moved, function->moved_bytes);
    for (uint32_t i = 0; i < function->change_count; i++) {
        char *place = at + function->changes[i].at;
        uint64_t address = base + function->changes[i].address;
        uint32_t word;
        if (!function->changes[i].is_word) {
            memcpy(place, &address, sizeof address);
            continue;
        }
        memcpy(&word, place, sizeof word);
        word += (uint32_t)(base + function->address - (uintptr_t)at);
        memcpy(place, &word, sizeof word);
    }
}

static bool open_code(char *code, int protection) {
    uintptr_t start = (uintptr_t)code / PAGE * PAGE;
    return mprotect((void *)start, (uintptr_t)code + NEAR_JUMP_BYTES - start, protection) == 0;
}

static char *code_of(const ta_patch_code *function) {
    return (char *)(ta_objects_first()->l_addr + function->address);
}

bool ta_patch_fits(const ta_patch_code *function) {
    const char *code = code_of(function);
    ta_object found;
    return ta_object_find(code, &found) && found.dynamic == ta_objects_first()->l_ld &&
           code + function->code_bytes <= found.end && function->code_bytes >= NEAR_JUMP_BYTES &&
           function->code_bytes <= TA_LEDGER_PATCH_CODE_MAX &&
           function->moved_bytes <= TA_LEDGER_PATCH_MOVED_MAX &&
           function->change_count <= TA_LEDGER_PATCH_CHANGES_MAX &&
           memcmp(code, function->code, function->code_bytes) == 0;
}

bool ta_patch_jump(char *code, const void *to) {
    int32_t distance = (int32_t)((const char *)to - (code + NEAR_JUMP_BYTES));
    if (!open_code(code, PROT_READ | PROT_WRITE | PROT_EXEC))
        return false;
    code[0] = (char)0xe9;
    memcpy(code + 1, &distance, sizeof distance);
    open_code(code, PROT_READ | PROT_EXEC);
    return true;
}

void *ta_patch(const ta_patch_code *function, unsigned number, const void *entry) {
    char *code = code_of(function);
    if (!ta_patch_fits(function))
        return NULL;
    if (!room)
        room = find_room((uintptr_t)code);
    if (!room || mprotect(room, ROOM_BYTES, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    char *place = room + (size_t)number * PLACE_BYTES, *moved = place + FAR_JUMP_BYTES;
    put_far_jump(place, entry);
    put_moved(moved, function, ta_objects_first()->l_addr);
    bool done =
        mprotect(room, ROOM_BYTES, PROT_READ | PROT_EXEC) == 0 && ta_patch_jump(code, place);
    return done ? moved : NULL;
}

#endif
