/* The documents name what the code writes. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_row.h"
#include "evidence.h"
#include "metrics.h"

static char *read_source(const char *name) {
    char path[512], *text = NULL;
    size_t room = 0;
    (void)snprintf(path, sizeof path, "%s/%s", TA_SOURCE_DIR, name);
    FILE *in = fopen(path, "r");
    cr_assert(in && getdelim(&text, &room, '\0', in) >= 0, "cannot read %s", path);
    fclose(in);
    return text;
}

Test(docs, each_metric_stands_in_the_table_with_its_kind_unit_and_direction) {
    char *text = read_source("docs/results_format.md");
    static const char *const better[] = {" lower", " higher", ""};
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        const ta_metric_info *info = &ta_metric_table[m];
        char row[256];
        (void)snprintf(row, sizeof row, "| `%s` | %s |%s%s |%s |", info->name,
                       info->kind == TA_METRIC_EXACT ? "exact" : "timed", *info->unit ? " " : "",
                       info->unit, better[info->better]);
        cr_assert_not_null(strstr(text, row), "no row %s", row);
    }
    free(text);
}

Test(docs, each_fact_stands_in_the_table_of_evidence) {
    char *text = read_source("docs/results_format.md");
    for (int f = 0; f < TA_FACT_COUNT; f++) {
        char row[96];
        (void)snprintf(row, sizeof row, "\n| `%s` | ", ta_fact_table[f].name);
        cr_assert_not_null(strstr(text, row), "no row %s", row);
    }
    cr_assert_not_null(strstr(text, TA_RESULT_SCHEMA));
    free(text);
}

Test(docs, columns_stand_in_their_order) {
    char *text = read_source("results/README.md"), *header = strdup(ta_csv_header);
    const char *at = text;
    for (char *name = strtok(header, ",\n"); name; name = strtok(NULL, ",\n")) {
        char cell[64];
        (void)snprintf(cell, sizeof cell, "\n| `%s` |", name);
        at = strstr(at, cell);
        cr_assert_not_null(at, "%s is missing, or out of order", name);
    }
    free(header);
    free(text);
}
