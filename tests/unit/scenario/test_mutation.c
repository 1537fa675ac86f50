#define _GNU_SOURCE /* strdup */
#include "support.h"

#include <dirent.h>

#include "scenario_promises.h"

/* The fuzzer's little brother: some thousand small changes to the shipped files from a fixed seed.
 * Whatever is accepted keeps its promises; whatever is refused says why. Sanitizers see the rest.
 */

enum { ROUNDS_PER_FILE = 400, FILE_MAX = 16384, CHANGES_MAX = 4 };

/* splitmix64 (Steele, Lea, Flood 2014): a fixed seed, the same mutations everywhere. */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t limit) {
    return limit ? (size_t)(next_random(state) % limit) : 0;
}

static const char *const pieces[] = {"0",
                                     "-1",
                                     "1e308",
                                     "1e-308",
                                     "9007199254740991",
                                     "9007199254740992",
                                     "null",
                                     "true",
                                     "[]",
                                     "{}",
                                     "\"\"",
                                     "\\u0000",
                                     "\\ud800",
                                     "\xff",
                                     "\xc3\xa9",
                                     "500",
                                     "1000000",
                                     "custom",
                                     "burst",
                                     "phase_9",
                                     ",",
                                     "}",
                                     "]",
                                     "{\"a\":",
                                     "[[[[[[[[[[[[[[[[[",
                                     "hot_allocs = 0",
                                     "> 1e9",
                                     "plugin.so",
                                     "0.5",
                                     "60"};

/* Overwrites, inserts, deletes or doubles a stretch of the text. */
static size_t change(char *text, size_t size, uint64_t *random) {
    size_t at = below(random, size + 1), length = 1 + below(random, 12);
    const char *piece = pieces[below(random, sizeof pieces / sizeof *pieces)];
    size_t bytes = strlen(piece);
    switch (below(random, 5)) {
    case 0: /* a byte becomes another */
        if (at < size)
            text[at] = (char)next_random(random);
        return size;
    case 1: /* a piece comes in */
        if (size + bytes > FILE_MAX)
            return size;
        memmove(text + at + bytes, text + at, size - at);
        memcpy(text + at, piece, bytes);
        return size + bytes;
    case 2: /* a stretch goes */
        if (at + length > size)
            return at;
        memmove(text + at, text + at + length, size - at - length);
        return size - length;
    case 3: /* a stretch comes twice */
        if (at + length > size || size + length > FILE_MAX)
            return size;
        memmove(text + at + length, text + at, size - at);
        return size + length;
    default: /* a digit becomes another: the mutation that is most often accepted */
        while (at < size && !(text[at] >= '0' && text[at] <= '9'))
            at++;
        if (at < size)
            text[at] = (char)('0' + below(random, 10));
        return size;
    }
}

static unsigned mutate(const char *path, const char *original, size_t original_size,
                       uint64_t *random) {
    static ta_scenario scenario;
    unsigned accepted = 0;
    char *text = malloc(FILE_MAX);
    for (int round = 0; round < ROUNDS_PER_FILE; round++) {
        size_t size = original_size, changes = 1 + below(random, CHANGES_MAX);
        memcpy(text, original, size);
        for (size_t i = 0; i < changes; i++)
            size = change(text, size, random);
        char *tight = malloc(size ? size : 1); /* a read too far is seen */
        memcpy(tight, text, size);
        ta_status status = ta_scenario_parse(tight, size, path, NULL, 0, &scenario);
        free(tight);
        const char *broken = ta_ok(status) ? scenario_broken_promise(&scenario) : NULL;
        cr_expect_null(broken, "%s: \"%s\" does not hold for:\n%.*s", path, broken, (int)size,
                       text);
        cr_expect(ta_ok(status) || (status.code == TA_BAD_INPUT && strstr(status.text, ": ")), "%s",
                  status.text);
        accepted += ta_ok(status);
    }
    free(text);
    return accepted;
}

static unsigned mutate_folder(const char *folder, unsigned *files) {
    uint64_t random = 12345;
    unsigned accepted = 0;
    char path[1024], *text = malloc(FILE_MAX);
    ta_scenario_entry *entries;
    unsigned count;
    cr_assert(ta_ok(ta_scenario_list(folder, &entries, &count)));
    for (unsigned i = 0; i < count; i++) {
        FILE *file = fopen(entries[i].path, "r");
        cr_assert(file);
        size_t size = fread(text, 1, FILE_MAX, file);
        fclose(file);
        snprintf(path, sizeof path, "%s", entries[i].path);
        accepted += mutate(path, text, size, &random);
        ++*files;
    }
    free(entries);
    free(text);
    return accepted;
}

Test(scenario_mutation, what_is_accepted_keeps_its_promises) {
    unsigned files = 0;
    unsigned accepted = mutate_folder(TA_SOURCE_DIR "/scenarios", &files) +
                        mutate_folder(TA_SOURCE_DIR "/scenarios/negative", &files);
    /* Neither all nor none: otherwise the mutations test nothing. */
    cr_expect_gt(accepted, files * ROUNDS_PER_FILE / 50, "%u of %u", accepted,
                 files * ROUNDS_PER_FILE);
    cr_expect_lt(accepted, files * ROUNDS_PER_FILE * 9 / 10);
}
