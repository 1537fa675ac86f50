/* Ticks of a program that marks none: each call of a function that it imports (a buffer swap, an
 * audio callback's write) ends one and begins the next. Imports are called through tables of
 * addresses, a slot per function and module; before the program runs, the slots of this function
 * are made to lead past us. Calls within the module that defines the function, and modules that are
 * loaded later, are not seen. */
#define _GNU_SOURCE
#include "audit.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Where the call was to go; read by the assembly below. */
__attribute__((visibility("hidden"), used)) void *ta_symbol_original;

extern void ta_symbol_entry(void) __attribute__((visibility("hidden")));

/* Everything that may carry an argument is kept, and the function is left by a jump: it finds the
 * stack as its caller made it. */
__asm__(".text\n"
        ".hidden ta_symbol_entry\n"
        ".globl ta_symbol_entry\n"
        ".type ta_symbol_entry, @function\n"
        "ta_symbol_entry:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    subq $192, %rsp\n"
        "    movq %rdi, -8(%rbp)\n"
        "    movq %rsi, -16(%rbp)\n"
        "    movq %rdx, -24(%rbp)\n"
        "    movq %rcx, -32(%rbp)\n"
        "    movq %r8, -40(%rbp)\n"
        "    movq %r9, -48(%rbp)\n"
        "    movq %rax, -56(%rbp)\n"
        "    movq %r10, -64(%rbp)\n"
        "    movups %xmm0, -80(%rbp)\n"
        "    movups %xmm1, -96(%rbp)\n"
        "    movups %xmm2, -112(%rbp)\n"
        "    movups %xmm3, -128(%rbp)\n"
        "    movups %xmm4, -144(%rbp)\n"
        "    movups %xmm5, -160(%rbp)\n"
        "    movups %xmm6, -176(%rbp)\n"
        "    movups %xmm7, -192(%rbp)\n"
        "    call ta_symbol_called\n"
        "    movq -8(%rbp), %rdi\n"
        "    movq -16(%rbp), %rsi\n"
        "    movq -24(%rbp), %rdx\n"
        "    movq -32(%rbp), %rcx\n"
        "    movq -40(%rbp), %r8\n"
        "    movq -48(%rbp), %r9\n"
        "    movq -56(%rbp), %rax\n"
        "    movq -64(%rbp), %r10\n"
        "    movups -80(%rbp), %xmm0\n"
        "    movups -96(%rbp), %xmm1\n"
        "    movups -112(%rbp), %xmm2\n"
        "    movups -128(%rbp), %xmm3\n"
        "    movups -144(%rbp), %xmm4\n"
        "    movups -160(%rbp), %xmm5\n"
        "    movups -176(%rbp), %xmm6\n"
        "    movups -192(%rbp), %xmm7\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    jmp *ta_symbol_original(%rip)\n"
        "    .cfi_endproc\n"
        ".size ta_symbol_entry, . - ta_symbol_entry\n");

void ta_symbol_called(void) __attribute__((visibility("hidden"), used));

/* Called from the assembly. */
void ta_symbol_called(void) {
    int before = errno;
    ta_tick_end(); /* of another thread's tick, or of none, it is nothing */
    ta_tick_begin();
    errno = before;
}

/* What a module says of its imports. */
typedef struct imports {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * relocations[2];
    size_t bytes[2];
} imports;

static imports read_dynamic(const ElfW(Dyn) * dynamic) {
    imports found = {0};
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        uintptr_t address = (uintptr_t)dynamic->d_un.d_ptr; /* glibc has added the bias */
        if (dynamic->d_tag == DT_SYMTAB)
            found.symbols = (const ElfW(Sym) *)address;
        else if (dynamic->d_tag == DT_STRTAB)
            found.names = (const char *)address;
        else if (dynamic->d_tag == DT_JMPREL)
            found.relocations[0] = (const ElfW(Rela) *)address;
        else if (dynamic->d_tag == DT_PLTRELSZ)
            found.bytes[0] = dynamic->d_un.d_val;
        else if (dynamic->d_tag == DT_RELA)
            found.relocations[1] = (const ElfW(Rela) *)address;
        else if (dynamic->d_tag == DT_RELASZ)
            found.bytes[1] = dynamic->d_un.d_val;
    }
    return found;
}

/* The table may have been made read-only once it was filled: it is opened for the one word. */
static bool redirect(uintptr_t slot, bool read_only) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(slot / page * page);
    if (read_only && mprotect(start, page, PROT_READ | PROT_WRITE) != 0)
        return false;
    *(uintptr_t *)slot = (uintptr_t)ta_symbol_entry;
    if (read_only)
        mprotect(start, page, PROT_READ);
    return true;
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

typedef struct search {
    const char *name;
    uint64_t redirected;
} search;

static void redirect_in(const struct dl_phdr_info *module, const ElfW(Dyn) * dynamic, search *s) {
    imports found = read_dynamic(dynamic);
    for (int table = 0; found.symbols && found.names && table < 2; table++) {
        const ElfW(Rela) *r = found.relocations[table];
        for (size_t i = 0; r && i < found.bytes[table] / sizeof *r; i++) {
            uint64_t kind = ELF64_R_TYPE(r[i].r_info);
            const ElfW(Sym) *symbol = &found.symbols[ELF64_R_SYM(r[i].r_info)];
            uintptr_t slot = module->dlpi_addr + r[i].r_offset;
            if ((kind == R_X86_64_JUMP_SLOT || kind == R_X86_64_GLOB_DAT) &&
                strcmp(found.names + symbol->st_name, s->name) == 0)
                s->redirected += redirect(slot, is_read_only(module, slot));
        }
    }
}

/* Our own library; and the kernel's, which calls nobody, and whose addresses are not what the
 * loader makes of others. */
static bool is_left_out(const struct dl_phdr_info *module) {
    struct dl_find_object ours;
    if (module->dlpi_addr == getauxval(AT_SYSINFO_EHDR))
        return true;
    return _dl_find_object(&ta_home, &ours) == 0 && ours.dlfo_link_map->l_addr == module->dlpi_addr;
}

static int look_at_module(struct dl_phdr_info *module, size_t size, void *context) {
    (void)size;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type == PT_DYNAMIC && !is_left_out(module))
            redirect_in(module, (const ElfW(Dyn) *)(module->dlpi_addr + header->p_vaddr), context);
    }
    return 0;
}

void ta_symbol_ticks_install(ta_ledger *ledger) {
    if (!ledger->tick_symbol[0])
        return;
    search s = {.name = ledger->tick_symbol};
    ta_symbol_original = dlsym(RTLD_DEFAULT, s.name);
    if (ta_symbol_original)
        dl_iterate_phdr(look_at_module, &s);
    ledger->tick_imports = s.redirected;
    if (s.redirected == 0)
        _exit(TA_LEDGER_EXIT_NO_SYMBOL); /* before any code of the program has run */
}

#else

void ta_symbol_ticks_install(ta_ledger *ledger) {
    if (ledger->tick_symbol[0])
        _exit(TA_LEDGER_EXIT_NO_SYMBOL);
}

#endif
