/* Inline hooks: the first instructions of a function are moved to a trampoline nearby, and a jump
 * is put where they were. Done before any code of the program runs, and before there are threads.
 * What the instructions are was decoded by the reader of the ledger.
 *
 * No page is writable and executable at once. So while a page is written nothing in it can run, and
 * it may be libc's: what runs meanwhile makes its system calls by itself and calls no function. */
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

/* libc's mprotect() may lie in the page that is to be changed. */
static bool set_protection(uintptr_t start, size_t bytes, int protection) {
    long result = SYS_mprotect;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(start), "S"(bytes), "d"((long)protection)
                     : "rcx", "r11", "memory");
    return result == 0;
}

/* So may its memcpy(), which compilers make of a plain loop. */
static void copy(char *to, const void *from, size_t bytes) {
    const char *source = from;
    for (size_t i = 0; i < bytes; i++)
        *(volatile char *)(to + i) = source[i];
}

/* A page of this library's file, as writable as a page of code is in between. */
static _Alignas(PAGE) char trial_page[PAGE] = {1};

/* Whether a page that was written may be made executable again: sandboxes forbid it (systemd's
 * MemoryDenyWriteExecute, PR_SET_MDWE, SELinux' execmod), and then no code may be opened. */
static bool may_close_code(void) {
    static enum { UNTRIED, MAY, MAY_NOT } trial;
    uintptr_t page = (uintptr_t)trial_page;
    if (trial == UNTRIED) {
        *(volatile char *)trial_page = 2;
        bool may = set_protection(page, PAGE, PROT_READ | PROT_EXEC);
        trial = set_protection(page, PAGE, PROT_READ | PROT_WRITE) && may ? MAY : MAY_NOT;
    }
    return trial == MAY;
}

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
    copy(at, jump, sizeof jump);
    copy(at + sizeof jump, &to, sizeof to);
}

/* What does the same as the first instructions, in its own place. */
static void put_moved(char *at, const ta_patch_code *function, uintptr_t base) {
    copy(at, function->moved, function->moved_bytes);
    for (uint32_t i = 0; i < function->change_count; i++) {
        char *place = at + function->changes[i].at;
        uint64_t address = base + function->changes[i].address;
        uint32_t word;
        if (!function->changes[i].is_word) {
            copy(place, &address, sizeof address);
            continue;
        }
        copy((char *)&word, place, sizeof word);
        word += (uint32_t)(base + function->address - (uintptr_t)at);
        copy(place, &word, sizeof word);
    }
}

static bool protect_code(const char *code, int protection) {
    uintptr_t start = (uintptr_t)code / PAGE * PAGE;
    return set_protection(start, (uintptr_t)code + NEAR_JUMP_BYTES - start, protection);
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
    char jump[NEAR_JUMP_BYTES] = {(char)0xe9};
    copy(jump + 1, &distance, sizeof distance);
    if (!may_close_code() || !protect_code(code, PROT_READ | PROT_WRITE))
        return false;
    copy(code, jump, sizeof jump);
    return protect_code(code, PROT_READ | PROT_EXEC);
}

void *ta_patch(const ta_patch_code *function, unsigned number, const void *entry) {
    char *code = code_of(function);
    if (!ta_patch_fits(function))
        return NULL;
    if (!room)
        room = find_room((uintptr_t)code);
    if (!room || !set_protection((uintptr_t)room, ROOM_BYTES, PROT_READ | PROT_WRITE))
        return NULL;
    char *place = room + (size_t)number * PLACE_BYTES, *moved = place + FAR_JUMP_BYTES;
    put_far_jump(place, entry);
    put_moved(moved, function, ta_objects_first()->l_addr);
    bool done = set_protection((uintptr_t)room, ROOM_BYTES, PROT_READ | PROT_EXEC) &&
                ta_patch_jump(code, place);
    return done ? moved : NULL;
}

#endif
