#define _GNU_SOURCE
#include "identity.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void ta_identity_moment(char *timestamp, size_t timestamp_size, char *run_id, size_t run_id_size) {
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(timestamp, timestamp_size, "%Y-%m-%dT%H:%M:%SZ", &utc);
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint32_t)now.tv_nsec ^ (uint32_t)getpid() << 16;
    char moment[32];
    strftime(moment, sizeof moment, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(run_id, run_id_size, "%s-%08" PRIx32, moment, random);
}

/* The first line that git prints, without its newline; false when it failed. */
static bool ask_git(char *const *arguments, char *line, size_t size) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int error = posix_spawnp(&pid, "git", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got = 1; !error && got > 0 && used + 1 < size; used += got > 0 ? (size_t)got : 0)
        got = read(ends[0], line + used, size - 1 - used);
    close(ends[0]);
    line[used] = 0;
    line[strcspn(line, "\n")] = 0;
    int status = -1;
    if (!error)
        waitpid(pid, &status, 0);
    return !error && status == 0;
}

void ta_identity_revision(char *text, size_t size) {
    char git[] = "git", describe[] = "describe", always[] = "--always",
         dirty[] = "--dirty=+changes", abbrev[] = "--abbrev=12", exclude[] = "--exclude=*";
    char *arguments[] = {git, describe, always, dirty, abbrev, exclude, NULL};
    if (!ask_git(arguments, text, size))
        text[0] = 0;
}

/* The value of the first "name : value" line of a /proc file, or `otherwise`. */
static void proc_value(const char *path, const char *name, const char *otherwise, char *value,
                       size_t size) {
    snprintf(value, size, "%s", otherwise);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, name, strlen(name)) != 0 || !colon)
            continue;
        colon++;
        while (isspace((unsigned char)*colon))
            colon++;
        colon[strcspn(colon, "\n")] = 0;
        snprintf(value, size, "%s", colon);
        break;
    }
    fclose(file);
}

void ta_identity_machine(char *text, size_t size) {
    char processor[128], memory[64];
    proc_value("/proc/cpuinfo", "model name", "unknown processor", processor, sizeof processor);
    proc_value("/proc/meminfo", "MemTotal", "0", memory, sizeof memory);
    double kib = strtod(memory, NULL);
    snprintf(text, size, "%s; %ld cores; %.0f GiB", processor, sysconf(_SC_NPROCESSORS_ONLN),
             kib / 1048576.0);
}

void ta_identity_compiler(char *text, size_t size) {
#if defined(__clang__)
    snprintf(text, size, "clang %d.%d.%d", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
    snprintf(text, size, "gcc %d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    snprintf(text, size, "unknown");
#endif
}

void ta_identity_build_type(char *text, size_t size) {
#ifdef NDEBUG
    snprintf(text, size, "%s", TA_BUILD_TYPE);
#else
    snprintf(text, size, "%s with asserts", TA_BUILD_TYPE);
#endif
}

static const uint64_t FNV_BASIS = UINT64_C(14695981039346656037); /* FNV-1a, 64 bits */

static uint64_t fnv(uint64_t hash, const void *bytes, size_t count) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t fnv_text(uint64_t hash, const char *text) {
    return fnv(hash, text, strlen(text) + 1);
}

uint64_t ta_identity_content(const char *path) {
    uint64_t hash = FNV_BASIS;
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    static char block[1 << 16];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        hash = fnv(hash, block, got);
    bool good = !ferror(file);
    fclose(file);
    return good ? hash : 0;
}

/* What an argument says and, when it is a file's name, that file: by its content, or when it is
 * large by its size and the time of its last change. */
static uint64_t add_argument(uint64_t hash, const char *argument) {
    enum { LARGE = 64 << 20 };
    struct stat file;
    hash = fnv_text(hash, argument);
    if (stat(argument, &file) != 0 || !S_ISREG(file.st_mode))
        return hash;
    uint64_t content = file.st_size <= LARGE ? ta_identity_content(argument) : 0;
    hash = fnv(hash, &content, sizeof content);
    hash = fnv(hash, &file.st_size, sizeof file.st_size);
    return content ? hash : fnv(hash, &file.st_mtim, sizeof file.st_mtim);
}

void ta_identity_inputs(char *const *arguments, ta_result *result) {
    uint64_t hash = FNV_BASIS;
    for (; arguments && *arguments; arguments++)
        hash = add_argument(hash, *arguments);
    result->record.inputs_hash = hash;
}

void ta_identity_add(ta_result *result, const char *text) {
    result->record.inputs_hash = fnv_text(result->record.inputs_hash, text);
}

/* It may be run from a copy. */
static bool is_workload(const ta_module *module, const ta_result *result) {
    return strncmp(module->path, result->record.workload_file, sizeof module->path) == 0;
}

void ta_identity_modules(const ta_ledger *ledger, ta_result *result) {
    const ta_module *modules = ta_ledger_modules(ledger);
    for (unsigned i = 0; i < (unsigned)TA_LEDGER_MODULES_MAX;
         i++) { /* in whatever order they came */
        const ta_module *module = &modules[i];
        if (module->state != TA_ENTRY_READY || is_workload(module, result))
            continue;
        uint64_t hash = fnv(FNV_BASIS, module->path, strnlen(module->path, sizeof module->path));
        size_t bytes = module->build_id_bytes < sizeof module->build_id ? module->build_id_bytes
                                                                        : sizeof module->build_id;
        result->record.inputs_hash += fnv(hash, module->build_id, bytes);
    }
}

void ta_identity_record(const char *workload_file, ta_result *result) {
    ta_record *record = &result->record;
    if (!getcwd(record->folder, sizeof record->folder))
        record->folder[0] = 0;
    char *absolute = realpath(workload_file, NULL);
    snprintf(record->workload_file, sizeof record->workload_file, "%s",
             absolute ? absolute : workload_file);
    free(absolute);
    record->workload_hash = ta_identity_content(record->workload_file);
}

void ta_identity_fill(ta_result *result) {
    ta_identity_moment(result->timestamp, sizeof result->timestamp, result->run_id,
                       sizeof result->run_id);
    ta_identity_revision(result->revision, sizeof result->revision);
    ta_identity_machine(result->machine, sizeof result->machine);
    ta_identity_compiler(result->compiler, sizeof result->compiler);
    ta_identity_build_type(result->build_type, sizeof result->build_type);
}
