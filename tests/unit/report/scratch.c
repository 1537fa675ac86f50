#define _GNU_SOURCE
#include "scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char scratch_folder[256];

void scratch_make(void) {
    (void)snprintf(scratch_folder, sizeof scratch_folder, "/tmp/tickaudit-report-XXXXXX");
    if (!mkdtemp(scratch_folder))
        abort();
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_remove(void) {
    (void)nftw(scratch_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name) {
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
    return path;
}

void scratch_write(const char *name, const char *text, size_t size) {
    FILE *out = fopen(scratch_path(name), "w");
    if (!out || fwrite(text, 1, size, out) != size || fclose(out) != 0)
        abort();
}

char *scratch_read(const char *name, size_t *size) {
    FILE *in = fopen(scratch_path(name), "r");
    if (!in)
        return NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    for (int c; (c = fgetc(in)) != EOF;)
        (void)fputc(c, memory);
    (void)fclose(in);
    (void)fclose(memory);
    if (size)
        *size = length;
    return text;
}

unsigned scratch_count(const char *name) {
    DIR *folder = opendir(scratch_path(name));
    unsigned count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count < 2 ? 0 : count - 2;
}

unsigned scratch_random(unsigned *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
