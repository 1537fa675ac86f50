#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { SCRIPT_DEPTH_MAX = 4, FIRST_LINE_MAX = 256 }; /* the kernel's own limits */

static ta_status refuse(const char *path, const char *why) {
    return ta_status_make(TA_BAD_INPUT, "%s cannot be audited: %s", path, why);
}

static ta_status not_found(const char *name, ta_program *program, int error) {
    program->shell_code = error == ENOENT || error == ENOTDIR ? 127 : 126;
    return ta_status_make(TA_BAD_INPUT, "%s: %s", name,
                          program->shell_code == 127 ? "command not found" : strerror(error));
}

/* 0 when it is a regular file that we may execute, else the reason as an errno. */
static int check_executable(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!S_ISREG(status.st_mode))
        return EACCES;
    return access(path, X_OK) == 0 ? 0 : errno;
}

/* As a shell does: the first executable file of that name; one that is not executable is only told
 * of when there is no other. */
static int search_path(const char *name, char *path, size_t size) {
    const char *folders = getenv("PATH");
    int error = ENOENT;
    for (const char *at = folders ? folders : "/usr/bin:/bin"; at; at = strchr(at, ':')) {
        at += *at == ':';
        int length = (int)strcspn(at, ":");
        snprintf(path, size, "%.*s%s%s", length, at, length ? "/" : "", name);
        int found = check_executable(path);
        if (found == 0)
            return 0;
        if (found == EACCES)
            error = EACCES;
    }
    return error;
}

static bool loses_preload(int file) {
    struct stat status;
    if (fstat(file, &status) != 0)
        return false;
    bool other_user = (status.st_mode & S_ISUID) && status.st_uid != getuid();
    bool other_group = (status.st_mode & S_ISGID) && status.st_gid != getgid();
    bool capabilities = getuid() != 0 && fgetxattr(file, "security.capability", NULL, 0) > 0;
    return other_user || other_group || capabilities;
}

/* The path of the loader that the program asks for, or NULL when it is static. */
static const char *interpreter(Elf *elf) {
    size_t count = 0;
    elf_getphdrnum(elf, &count);
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        size_t size;
        const char *whole = elf_rawfile(elf, &size);
        if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_INTERP && whole &&
            header.p_offset < size && header.p_filesz > 0 &&
            header.p_filesz <= size - header.p_offset &&
            whole[header.p_offset + header.p_filesz - 1] == 0)
            return whole + header.p_offset;
    }
    return NULL;
}

/* Whether a table of symbols defines malloc: the program's own calls then never leave it. */
static bool table_defines_malloc(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
            GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
            continue;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (name && strcmp(name, "malloc") == 0)
            return true;
    }
    return false;
}

static bool defines_malloc(Elf *elf) {
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) &&
            table_defines_malloc(elf, section, &header))
            return true;
    }
    return false;
}

static ta_status check_elf(const char *path, Elf *elf, ta_program *program) {
    GElf_Ehdr header;
    if (!gelf_getehdr(elf, &header))
        return refuse(path, "its ELF header cannot be read");
    if (gelf_getclass(elf) != ELFCLASS64)
        return refuse(path, "it is a 32-bit program, and the auditor is a 64-bit library");
#if defined(__x86_64__)
    if (header.e_machine != EM_X86_64)
        return refuse(path, "it is a program for another machine");
#endif
    size_t whole;
    const char *loader = interpreter(elf);
    if (!elf_rawfile(elf, &whole))
        return refuse(path, "its file cannot be read whole: is memory limited (ulimit -d, -v)?");
    if (!loader)
        return refuse(path, "it is statically linked, so nothing can be loaded before it; link it "
                            "dynamically");
    if (!strstr(loader, "ld-linux"))
        return ta_status_make(
            TA_BAD_INPUT, "%s cannot be audited: its loader is %s, and the auditor is for glibc's",
            path, loader);
    program->has_own_malloc = defines_malloc(elf);
    snprintf(program->image, sizeof program->image, "%s", path);
    return ta_status_ok();
}

static ta_status check_file(const char *path, unsigned depth, ta_program *program);

/* "#!/bin/sh -e" runs /bin/sh: that is what is audited. */
static ta_status check_script(const char *path, char *first_line, unsigned depth,
                              ta_program *program) {
    char *name = first_line + 2;
    name += strspn(name, " \t");
    name[strcspn(name, " \t\n")] = 0;
    if (depth == SCRIPT_DEPTH_MAX)
        return refuse(path, "its interpreters lead to one another");
    int error = check_executable(name);
    if (error)
        return ta_status_make(TA_BAD_INPUT, "%s cannot be run: its interpreter %s: %s", path, name,
                              strerror(error));
    return check_file(name, depth + 1, program);
}

static ta_status check_open(const char *path, int file, unsigned depth, ta_program *program) {
    char first_line[FIRST_LINE_MAX] = "";
    if (loses_preload(file))
        return refuse(path, "it is setuid, setgid or has capabilities, and the loader then ignores "
                            "LD_PRELOAD; audit a copy without, or as its owner");
    ssize_t length = pread(file, first_line, sizeof first_line - 1, 0);
    if (length >= 2 && memcmp(first_line, "#!", 2) == 0)
        return check_script(path, first_line, depth, program);
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    bool is_elf = elf && elf_kind(elf) == ELF_K_ELF;
    ta_status status =
        is_elf ? check_elf(path, elf, program)
               : refuse(path, "it is neither an ELF program nor a script with a #! line");
    elf_end(elf);
    return status;
}

static ta_status check_file(const char *path, unsigned depth, ta_program *program) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return ta_status_make(TA_BAD_INPUT, "%s cannot be read: %s", path, strerror(errno));
    ta_status status = check_open(path, file, depth, program);
    close(file);
    return status;
}

ta_status ta_program_find(const char *name, ta_program *program) {
    *program = (ta_program){0};
    int error = 0;
    if (strlen(name) >= sizeof program->path / 2)
        error = ENAMETOOLONG;
    else if (strchr(name, '/') == NULL)
        error = search_path(name, program->path, sizeof program->path);
    else
        error = check_executable(memcpy(program->path, name, strlen(name) + 1));
    return error ? not_found(name, program, error) : check_file(program->path, 0, program);
}
