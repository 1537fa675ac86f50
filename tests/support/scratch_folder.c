#define _GNU_SOURCE
#include "scratch_folder.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 1024, PATHS_ALIVE = 8 };

static char folder[256];

void scratch_make(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ta_test_XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        abort();
    }
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info, (void)type, (void)where;
    return remove(path);
}

void scratch_remove(void) {
    if (folder[0])
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = 0;
}

const char *scratch_path(const char *name) {
    static char paths[PATHS_ALIVE][PATH_BYTES_MAX];
    static unsigned next;
    char *path = paths[next++ % PATHS_ALIVE];
    snprintf(path, PATH_BYTES_MAX, "%s%s%s", folder, *name ? "/" : "", name);
    return path;
}

void scratch_write(const char *name, const char *text) {
    FILE *file = fopen(scratch_path(name), "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(name);
        abort();
    }
}

char *scratch_read(const char *name) {
    FILE *file = fopen(scratch_path(name), "r");
    char *text = NULL;
    size_t size = 0;
    if (!file)
        return NULL;
    if (getdelim(&text, &size, 0, file) < 0 && text)
        text[0] = 0;
    fclose(file);
    return text;
}

static bool ends_with(const char *name, const char *suffix) {
    size_t length = strlen(name), wanted = strlen(suffix);
    return length >= wanted && strcmp(name + length - wanted, suffix) == 0;
}

static unsigned look(const char *name, const char *suffix, char *last, size_t size) {
    DIR *opened = opendir(scratch_path(name));
    unsigned count = 0;
    if (!opened)
        return 0;
    for (struct dirent *entry; (entry = readdir(opened));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            !ends_with(entry->d_name, suffix))
            continue;
        count++;
        snprintf(last, size, "%s/%s", name, entry->d_name);
    }
    closedir(opened);
    return count;
}

unsigned scratch_count(const char *name, const char *suffix) {
    char last[PATH_BYTES_MAX];
    return look(name, suffix, last, sizeof last);
}

const char *scratch_only(const char *name, const char *suffix) {
    char last[PATH_BYTES_MAX / 2];
    return look(name, suffix, last, sizeof last) == 1 ? scratch_path(last) : NULL;
}
