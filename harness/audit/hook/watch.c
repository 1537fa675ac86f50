/* Which functions are watched, and where they are called from. Before the program runs, the slots
 * through which its modules call them are made to lead past us; and those of modules that come
 * later, as dlopen returns, or at the next event (see loader.c). Calls within the module that
 * defines a function are not seen, and none of the constructors of a module that comes later. */
#define _GNU_SOURCE
#include "watch.h"

#include "assumptions.h"
#include "elf_tables.h"
#include "objects.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

bool ta_watch_has_ticks;
bool ta_watch_is_on;

#if defined(__x86_64__)

ta_watch ta_watches[TA_LEDGER_WATCHED_MAX];
__attribute__((used)) void *ta_watch_jump_functions[TA_WATCH_JUMPS];

static unsigned watch_count;
static bool opened_by_jump; /* the modules that are looked at were there for a while */

static const char *const jumps[TA_WATCH_JUMPS] = {"longjmp", "_longjmp", "siglongjmp",
                                                  "__longjmp_chk"};

static void *(*next_dlsym)(void *module, const char *name);
static void *watching_dlsym(void *module, const char *name);

static void *entry_of(unsigned number) {
    return (void *)((uintptr_t)ta_watch_entries + (size_t)number * TA_WATCH_ENTRY_BYTES);
}

/* Where calls of `name` are to lead instead; NULL: they are not our business. `*watched` is the
 * function's number when it is one that was asked for. */
static void *destination_of(const char *name, int *watched) {
    *watched = -1;
    for (unsigned i = 0; i < watch_count; i++) {
        if (ta_watches[i].by_name && strcmp(name, ta_watches[i].import) == 0) {
            *watched = (int)i;
            return entry_of(i);
        }
    }
    for (unsigned i = 0; i < TA_WATCH_JUMPS; i++) {
        if (ta_watch_jump_functions[i] && strcmp(name, jumps[i]) == 0)
            return (void *)((uintptr_t)ta_watch_jump_entries +
                            (size_t)i * TA_WATCH_JUMP_ENTRY_BYTES);
    }
    return strcmp(name, "dlsym") == 0 && next_dlsym ? (void *)(uintptr_t)watching_dlsym : NULL;
}

static bool is_read_only(const struct dl_phdr_info *module, uintptr_t address) {
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        uintptr_t begin = module->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_RELRO && address >= begin && address < begin + header->p_memsz)
            return true;
    }
    return false;
}

static bool is_sound(const ElfW(Rela) * r, uintptr_t bias) {
    ta_assumption_settle(TA_ASSUMPTION_import_slots, ta_object_import_is_sound(r, bias));
    return ta_assumption_holds(TA_ASSUMPTION_import_slots);
}

/* Whether a module that comes later had constructors of its own: they have run already. */
static void note_late(const ElfW(Dyn) * dynamic, ta_watched *watched) {
    if (!ta_elf_has_constructors(dynamic))
        return;
    ta_add_shared(opened_by_jump ? &watched->late_by_jump : &watched->late, 1);
}

static void redirect_in(const struct dl_phdr_info *module, const ElfW(Dyn) * dynamic,
                        ta_ledger *ledger) {
    ta_elf_tables found = ta_elf_tables_of(dynamic);
    uint32_t noted = 0; /* a bit for each function that the module is noted for */
    for (int table = 0; found.symbols && found.names && table < TA_ELF_RELOCATIONS; table++) {
        const ElfW(Rela) *r = found.relocations[table];
        for (size_t i = 0; r && i < found.counts[table]; i++) {
            const ElfW(Sym) *symbol = &found.symbols[ELF64_R_SYM(r[i].r_info)];
            uintptr_t slot = module->dlpi_addr + r[i].r_offset;
            int watched;
            void *destination = ta_elf_is_slot(&r[i])
                                    ? destination_of(found.names + symbol->st_name, &watched)
                                    : NULL;
            if (destination && *(void **)slot != destination &&
                is_sound(&r[i], module->dlpi_addr) &&
                ta_elf_slot_write(slot, (uintptr_t)destination, is_read_only(module, slot)) &&
                watched >= 0) {
                ta_add_shared(&ledger->watched[watched].imports, 1);
                if (ta_watch_is_on && !(noted >> watched & 1))
                    note_late(dynamic, &ledger->watched[watched]);
                noted |= UINT32_C(1) << watched;
            }
        }
    }
}

/* A table of pointers, or a C++ vtable, of a library that the linker has put into the program
 * (R_X86_64_COPY): the pointers in it were copied before they could be redirected. */
static void redirect_copy(const struct dl_phdr_info *program, uintptr_t begin, uint64_t bytes,
                          ta_ledger *ledger) {
    for (uintptr_t at = (begin + 7) / 8 * 8; at + 8 <= begin + bytes; at += 8) {
        for (unsigned i = 0; i < watch_count; i++) {
            if (ta_watches[i].by_name && *(void **)at == ta_watches[i].function &&
                ta_elf_slot_write(at, (uintptr_t)entry_of(i), is_read_only(program, at)))
                ta_add_shared(&ledger->watched[i].imports, 1);
        }
    }
}

static void redirect_copies(const struct dl_phdr_info *module, const ElfW(Dyn) * dynamic,
                            ta_ledger *ledger) {
    ta_elf_tables found = ta_elf_tables_of(dynamic);
    const ElfW(Rela) *r = found.relocations[TA_ELF_DATA];
    for (size_t i = 0; found.symbols && r && i < found.counts[TA_ELF_DATA]; i++) {
        if (ELF64_R_TYPE(r[i].r_info) == R_X86_64_COPY)
            redirect_copy(module, module->dlpi_addr + r[i].r_offset,
                          found.symbols[ELF64_R_SYM(r[i].r_info)].st_size, ledger);
    }
}

/* Our own library; and the kernel's, which calls nobody, and whose addresses are not what the
 * loader makes of others. */
static bool is_left_out(const struct dl_phdr_info *module) {
    ta_object ours;
    if (module->dlpi_addr == getauxval(AT_SYSINFO_EHDR))
        return true;
    return ta_object_find(&ta_home, &ours) && ours.load_bias == module->dlpi_addr;
}

static int look_at_module(struct dl_phdr_info *module, size_t size, void *ledger) {
    (void)size;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        const ElfW(Dyn) *dynamic = (const ElfW(Dyn) *)(module->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_DYNAMIC && !is_left_out(module)) {
            redirect_in(module, dynamic, ledger);
            if (!ta_watch_is_on) /* only programs have copies */
                redirect_copies(module, dynamic, ledger);
        }
    }
    return 0;
}

/* How many modules were ever loaded: told with the first that the loader shows. */
static int see_loads(struct dl_phdr_info *module, size_t size, void *loads) {
    (void)size;
    *(unsigned long long *)loads = module->dlpi_adds;
    return 1;
}

static void look_at_new_modules(void) {
    static unsigned long long seen;
    unsigned long long loads = 0;
    dl_iterate_phdr(see_loads, &loads);
    unsigned long long before = __atomic_exchange_n(&seen, loads, __ATOMIC_ACQ_REL);
    if (before == loads || !ta_ledger_mine)
        return;
    dl_iterate_phdr(look_at_module, ta_ledger_mine);
    if (before) /* those of the start were asked for before */
        ta_stacked_ask(ta_ledger_mine);
}

uint32_t ta_watch_is_behind;

/* After a dlopen that was left by a jump, or before one. */
void ta_watch_catch_up(void) {
    if (!ta_watch_is_on)
        return;
    opened_by_jump = __atomic_exchange_n(&ta_watch_is_behind, 0, __ATOMIC_ACQ_REL) != 0;
    look_at_new_modules();
    opened_by_jump = false;
    if (ta_ledger_mine)
        ta_ledger_mine->watch_is_behind = 0;
}

void ta_watch_fall_behind(void) {
    if (!ta_watch_is_on || !ta_ledger_mine)
        return;
    ta_ledger_mine->watch_is_behind = 1;
    __atomic_store_n(&ta_watch_is_behind, 1, __ATOMIC_RELEASE);
}

/* The entry of a watched function that is asked for; else NULL. Not inlined: addresses of variables
 * keep a compiler from ending its caller with a jump. */
static __attribute__((noinline)) void *watched_entry(void *module, const char *name) {
    int watched;
    ta_watch_catch_up();
    bool is_watched = module != RTLD_NEXT && name && destination_of(name, &watched) &&
                      watched >= 0 && next_dlsym(module, name) == ta_watches[watched].function;
    return is_watched ? entry_of((unsigned)watched) : NULL;
}

/* Between dlopen, where that must be left by a jump, and the first call into what it loaded there
 * lies a dlsym, unless what was loaded has registered itself. What is asked for may itself be
 * watched. Left by a jump as well, since what RTLD_NEXT means depends on who asks. */
static void *watching_dlsym(void *module, const char *name) {
    void *entry = watched_entry(module, name);
    return entry ? entry : next_dlsym(module, name);
}

bool ta_watch_is_blind;

static bool are_jumps_seen(void) {
    return ta_assumption_holds(TA_ASSUMPTION_jump_buffer) &&
           ta_assumption_may_hold(TA_ASSUMPTION_import_slots);
}

static void find_jumps(void) {
    for (unsigned i = 0; i < TA_WATCH_JUMPS; i++)
        ta_watch_jump_functions[i] = ta_definition_of(jumps[i], NULL);
}

/* A program that was asked for and lacks a function is not run; one that it starts just has nothing
 * there to be watched. */
static void expect_of_program(const ta_ledger *ledger, ta_watched *w, bool good) {
    w->missing = !good;
    if (!good && ledger->number == 0)
        _exit(TA_LEDGER_EXIT_NO_SYMBOL); /* before any code of the program has run */
}

static const char *import_of(const ta_watched *w) {
    return w->import[0] ? w->import : w->symbol;
}

/* Where calls of it lead on to; NULL when it is not there. One of the program's own is done with
 * here; one that is imported is found by its name, when the modules are looked at. */
static void *prepare(ta_watched *w, unsigned number) {
    w->imports = 0; /* those of the program that this process was before, if it was one */
    if (!w->own.address)
        return ta_definition_of(import_of(w), NULL);
    void *function = ta_patch(&w->own, number, entry_of(number));
    w->imports = function ? 1 : 0;
    return function;
}

void ta_watch_install(ta_ledger *ledger) {
    bool any_hot = false;
    if (ledger->watched_count == 0 && ledger->stacked_count == 0)
        return;
    ta_watch_prepare();
    if (ta_assumption_may_hold(TA_ASSUMPTION_import_slots))
        ta_assumption_await(TA_ASSUMPTION_import_slots);
    for (uint32_t i = 0; i < ledger->watched_count && i < TA_LEDGER_WATCHED_MAX; i++) {
        ta_watched *w = &ledger->watched[i];
        void *function = prepare(w, i);
        expect_of_program(ledger, w, function != NULL);
        bool by_name = function && !w->own.address;
        ta_watches[i] =
            (ta_watch){function, w->symbol, import_of(w), by_name, w->is_tick != 0, w->is_hot != 0};
        any_hot |= ta_watches[i].is_hot;
        ta_watch_has_ticks |= ta_watches[i].is_tick;
    }
    if (any_hot)
        find_jumps();
    void *address = ta_definition_of("dlsym", NULL);
    memcpy((void *)(uintptr_t)&next_dlsym, &address, sizeof address);
    watch_count = ledger->watched_count;
    look_at_new_modules();
    ta_watch_is_on = true;
    ta_watch_is_blind = any_hot && !are_jumps_seen();
    for (uint32_t i = 0; i < watch_count; i++)
        expect_of_program(
            ledger, &ledger->watched[i],
            ledger->watched[i].imports > 0 &&
                (!ta_watches[i].by_name || ta_assumption_holds(TA_ASSUMPTION_import_slots)));
}

#else

uint32_t ta_watch_is_behind;

void ta_watch_catch_up(void) {
}

void ta_watch_fall_behind(void) {
}

void ta_watch_install(ta_ledger *ledger) {
    if (ledger->watched_count)
        _exit(TA_LEDGER_EXIT_NO_SYMBOL);
}

#endif
