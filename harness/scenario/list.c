#define _GNU_SOURCE /* scandir */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

static bool ends_with(const char *text, const char *end) {
    size_t bytes = strlen(text), end_bytes = strlen(end);
    return bytes >= end_bytes && strcmp(text + bytes - end_bytes, end) == 0;
}

static int is_scenario(const struct dirent *file) {
    return file->d_name[0] != '.' && ends_with(file->d_name, ".json") &&
           !ends_with(file->d_name, ".schema.json");
}

/* By bytes, not by the user's locale: the same order everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void fill_entry(const char *folder, const char *file, ta_scenario *scratch,
                       ta_scenario_entry *entry) {
    const char *slash = ends_with(folder, "/") ? "" : "/";
    size_t bytes = (size_t)snprintf(entry->path, sizeof entry->path, "%s%s%s", folder, slash, file);
    if (bytes >= sizeof entry->path) {
        entry->status = ta_status_make(TA_BAD_INPUT, "%.128s: a path of more than %d bytes", file,
                                       TA_SCENARIO_PATH_MAX - 1);
        return;
    }
    entry->status = ta_scenario_load(entry->path, NULL, 0, scratch);
    if (!ta_ok(entry->status))
        return;
    memcpy(entry->name, scratch->name, sizeof entry->name);
    memcpy(entry->description, scratch->description, sizeof entry->description);
    entry->phase_count = scratch->phase_count;
    entry->ticks = ta_scenario_ticks(scratch);
    for (uint32_t i = 0; i < scratch->phase_count; i++)
        entry->seconds += scratch->phases[i].seconds;
}

static ta_status fill_entries(const char *folder, struct dirent **files, unsigned count,
                              ta_scenario_entry **entries) {
    if (count > TA_SCENARIO_LIST_MAX)
        return ta_status_make(TA_BAD_INPUT, "%.300s: %u scenarios; at most %d are listed", folder,
                              count, TA_SCENARIO_LIST_MAX);
    ta_scenario *scratch = malloc(sizeof *scratch);
    *entries = calloc(count ? count : 1, sizeof **entries);
    ta_status status = ta_status_ok();
    if (!scratch || !*entries) {
        status = ta_status_make(TA_INTERNAL, "%.300s: out of memory", folder);
        free(*entries);
        *entries = NULL;
    }
    for (unsigned i = 0; i < count && ta_ok(status); i++)
        fill_entry(folder, files[i]->d_name, scratch, &(*entries)[i]);
    free(scratch);
    return status;
}

ta_status ta_scenario_list(const char *folder, ta_scenario_entry **entries, unsigned *count) {
    struct dirent **files;
    *entries = NULL;
    *count = 0;
    int found = scandir(folder, &files, is_scenario, by_name);
    if (found < 0)
        return ta_status_make(TA_BAD_INPUT, "%.300s: cannot be listed: %s", folder,
                              strerror(errno));
    ta_status status = fill_entries(folder, files, (unsigned)found, entries);
    if (ta_ok(status))
        *count = (unsigned)found;
    for (int i = 0; i < found; i++)
        free(files[i]);
    free(files);
    return status;
}

/* The nearest of the files' names; the array of pointers is as long as the folder, hence from
 * malloc. */
static const char *nearest_of(struct dirent **files, unsigned count, const char *name) {
    const char **names = malloc((count ? count : 1) * sizeof *names);
    if (!names)
        return NULL;
    for (unsigned i = 0; i < count; i++)
        names[i] = files[i]->d_name;
    const char *nearest = ta_nearest_name(name, names, count);
    free(names);
    return nearest;
}

bool ta_scenario_nearest_file(const char *path, char nearest[TA_SCENARIO_PATH_MAX]) {
    char folder[TA_SCENARIO_PATH_MAX];
    struct dirent **files;
    const char *slash = strrchr(path, '/');
    size_t bytes = slash ? (size_t)(slash - path) + 1 : 0;
    if (bytes >= sizeof folder)
        return false;
    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    int count = scandir(bytes ? folder : ".", &files, is_scenario, by_name);
    if (count < 0)
        return false;
    const char *name = nearest_of(files, (unsigned)count, path + bytes);
    bool found = name && (size_t)snprintf(nearest, TA_SCENARIO_PATH_MAX, "%s%s", folder, name) <
                             TA_SCENARIO_PATH_MAX;
    for (int i = 0; i < count; i++)
        free(files[i]);
    free(files);
    return found;
}
