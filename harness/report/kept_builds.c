#define _GNU_SOURCE
#include "kept_builds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct content {
    const char *text;
    size_t size;
} content;

bool ta_kept_build_path(const char *folder, uint64_t hash, char path[TA_RESULTS_PATH_MAX]) {
    int length = snprintf(path, TA_RESULTS_PATH_MAX, "%s/builds/%016" PRIx64, folder, hash);
    return length >= 0 && length < TA_RESULTS_PATH_MAX;
}

static uint64_t hash_of(const content *c) {
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a, as ta_identity_content() */
    for (size_t i = 0; i < c->size; i++)
        hash = (hash ^ (uint8_t)c->text[i]) * UINT64_C(1099511628211);
    return hash;
}

static bool write_content(FILE *out, const void *context) {
    const content *c = context;
    return fwrite(c->text, 1, c->size, out) == c->size && fchmod(fileno(out), 0755) == 0;
}

ta_status ta_kept_build_save(const char *folder, const ta_record *record) {
    char path[TA_RESULTS_PATH_MAX];
    struct stat info;
    if (record->workload_hash == 0 || !ta_kept_build_path(folder, record->workload_hash, path) ||
        access(path, F_OK) == 0 || stat(record->workload_file, &info) != 0 ||
        info.st_size > TA_KEPT_BUILD_BYTES_MAX)
        return ta_status_ok();
    char *text;
    content c = {0};
    ta_status status = ta_file_read(record->workload_file, TA_KEPT_BUILD_BYTES_MAX, &text, &c.size);
    c.text = text;
    if (ta_ok(status) && text && hash_of(&c) == record->workload_hash)
        status = ta_file_replace(path, write_content, &c);
    free(text);
    return status;
}
