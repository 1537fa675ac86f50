#include "metrics.h"

#include <string.h>

const ta_metric_info ta_metric_table[TA_METRIC_COUNT] = {
#define TA_METRIC_ROW(name, kind, better, unit, meaning)                                           \
    {#name, TA_METRIC_##kind, TA_BETTER_##better, unit, meaning},
    TA_METRIC_LIST(TA_METRIC_ROW)
#undef TA_METRIC_ROW
};

const char *const ta_metric_names[TA_METRIC_COUNT + TA_METRIC_SHORT_COUNT] = {
#define TA_METRIC_NAME(name, kind, better, unit, meaning) #name,
    TA_METRIC_LIST(TA_METRIC_NAME)
#undef TA_METRIC_NAME
#define TA_METRIC_SHORT_NAME(name, metric) #name,
        TA_METRIC_SHORT_LIST(TA_METRIC_SHORT_NAME)
#undef TA_METRIC_SHORT_NAME
};

static const ta_metric short_for[TA_METRIC_SHORT_COUNT] = {
#define TA_METRIC_SHORT_FOR(name, metric) TA_METRIC_##metric,
    TA_METRIC_SHORT_LIST(TA_METRIC_SHORT_FOR)
#undef TA_METRIC_SHORT_FOR
};

bool ta_metric_find(const char *name, ta_metric *metric) {
    for (int i = 0; i < TA_METRIC_COUNT; i++) {
        if (strcmp(name, ta_metric_names[i]) == 0) {
            *metric = (ta_metric)i;
            return true;
        }
    }
    return false;
}

bool ta_metric_find_any(const char *name, ta_metric *metric) {
    if (ta_metric_find(name, metric))
        return true;
    for (int i = 0; i < TA_METRIC_SHORT_COUNT; i++) {
        if (strcmp(name, ta_metric_names[TA_METRIC_COUNT + i]) == 0) {
            *metric = short_for[i];
            return true;
        }
    }
    return false;
}
