#include "speedscope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame_text.h"
#include "json_make.h"

/* Every frame of the result once, in the order of by_place(): a frame's index is where it lies. */
typedef struct frames {
    ta_frame *roots; /* hot paths as frames, one a site */
    const ta_frame **unique;
    size_t count;
} frames;

static int by_place(const void *a, const void *b) {
    const ta_frame *x = *(const ta_frame *const *)a, *y = *(const ta_frame *const *)b;
    int order = strcmp(x->function, y->function);
    if (order == 0)
        order = strcmp(x->file, y->file);
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    /* Of a named function the offset says no more than which instruction called. */
    if (order == 0 && !*x->function)
        order = (x->offset > y->offset) - (x->offset < y->offset);
    return order;
}

static void free_frames(frames *f) {
    free(f->roots);
    free(f->unique);
}

static void collect(const ta_result *result, frames *f) {
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        (void)snprintf(f->roots[i].function, sizeof f->roots[i].function, "%s", ta_site_root(site));
        f->unique[f->count++] = &f->roots[i];
    }
    for (uint32_t i = 0; i < result->frame_count; i++)
        f->unique[f->count++] = &result->frames[i];
    qsort(f->unique, f->count, sizeof(void *), by_place);
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept == 0 || by_place(&f->unique[kept - 1], &f->unique[i]) != 0)
            f->unique[kept++] = f->unique[i];
    }
    f->count = kept;
}

/* False without memory. The caller frees in either case. */
static bool make_frames(const ta_result *result, frames *f) {
    size_t sites = result->site_count;
    *f = (frames){calloc(sites + 1, sizeof *f->roots),
                  calloc(sites + result->frame_count + 1, sizeof(void *)), 0};
    if (!f->roots || !f->unique)
        return false;
    collect(result, f);
    return true;
}

static uint64_t index_of(const frames *f, const ta_frame *frame) {
    const ta_frame **found = bsearch(&frame, f->unique, f->count, sizeof(void *), by_place);
    return (uint64_t)(found - f->unique);
}

static void add_frames(ta_json *json, const frames *f) {
    cJSON *shared = ta_json_object(json, json->root, "shared");
    cJSON *array = ta_json_array(json, shared, "frames");
    for (size_t i = 0; i < f->count; i++) {
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "name", ta_frame_name_of(f->unique[i]).text);
        if (*f->unique[i]->file)
            ta_json_text(json, object, "file", f->unique[i]->file);
        if (f->unique[i]->line)
            ta_json_u64(json, object, "line", f->unique[i]->line);
    }
}

static void add_samples(ta_json *json, cJSON *profile, const ta_result *result, const frames *f) {
    cJSON *samples = ta_json_array(json, profile, "samples");
    for (uint32_t i = 0; i < result->site_count; i++) {
        const ta_site *site = &result->sites[i];
        cJSON *sample = ta_json_append_array(json, samples);
        ta_json_append_count(json, sample, index_of(f, &f->roots[i]));
        for (unsigned depth = site->frame_count; depth-- > 0;)
            ta_json_append_count(json, sample, index_of(f, ta_site_frame(result, site, depth)));
    }
}

static void add_profile(ta_json *json, cJSON *profiles, const ta_result *result, const frames *f,
                        bool bytes) {
    uint64_t sum = 0;
    cJSON *profile = ta_json_append_object(json, profiles);
    ta_json_text(json, profile, "type", "sampled");
    ta_json_text(json, profile, "name", bytes ? "bytes allocated" : "allocations");
    ta_json_text(json, profile, "unit", bytes ? "bytes" : "none");
    add_samples(json, profile, result, f);
    cJSON *weights = ta_json_array(json, profile, "weights");
    for (uint32_t i = 0; i < result->site_count; i++) {
        uint64_t weight = bytes ? result->sites[i].bytes : result->sites[i].allocs;
        ta_json_append_count(json, weights, weight);
        sum += weight;
    }
    ta_json_count(json, profile, "startValue", 0);
    ta_json_count(json, profile, "endValue", sum);
}

/* NULL without memory. */
static char *profile_text(const ta_result *result, const frames *f) {
    char name[sizeof result->scenario + sizeof result->run_id];
    (void)snprintf(name, sizeof name, "%s %s", result->scenario, result->run_id);
    ta_json json = ta_json_new();
    ta_json_text(&json, json.root, "$schema", "https://www.speedscope.app/file-format-schema.json");
    ta_json_text(&json, json.root, "exporter", "tickaudit " TA_VERSION_STRING);
    ta_json_text(&json, json.root, "name", name);
    ta_json_count(&json, json.root, "activeProfileIndex", 0);
    add_frames(&json, f);
    cJSON *profiles = ta_json_array(&json, json.root, "profiles");
    add_profile(&json, profiles, result, f, false);
    add_profile(&json, profiles, result, f, true);
    return ta_json_finish(&json);
}

ta_status ta_speedscope_print(FILE *out, const ta_result *result) {
    frames f;
    char *text = make_frames(result, &f) ? profile_text(result, &f) : NULL;
    free_frames(&f);
    errno = text ? 0 : ENOMEM;
    bool good = text && fputs(text, out) >= 0 && fputc('\n', out) >= 0 && fflush(out) == 0;
    int error = errno;
    cJSON_free(text);
    errno = error;
    if (good)
        return ta_status_ok();
    return ta_status_make(TA_INTERNAL, "cannot print the profile: %s", strerror(error));
}
