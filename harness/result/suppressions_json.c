#include "suppressions_json.h"

void ta_json_add_suppressions(ta_json *json, const ta_result *r) {
    cJSON *all = ta_json_object(json, json->root, "suppressed");
    ta_json_text(json, all, "file", r->suppressions_path);
    ta_json_u64(json, all, "sites", r->suppressed.sites);
    ta_json_u64(json, all, "allocs", r->suppressed.allocs);
    ta_json_u64(json, all, "bytes", r->suppressed.bytes);
    cJSON *array = ta_json_array(json, json->root, "suppressions");
    for (uint32_t i = 0; i < r->suppression_count; i++) {
        const ta_suppression_figures *f = &r->suppressions[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "hot_path", f->suppression.hot_path);
        ta_json_text(json, object, "function", f->suppression.function);
        ta_json_text(json, object, "module", f->suppression.module);
        ta_json_text(json, object, "reason", f->suppression.reason);
        ta_json_text(json, object, "expires", f->suppression.expires);
        ta_json_text(json, object, "state", ta_suppression_state_name(f->state));
        ta_json_u64(json, object, "sites", f->sites);
        ta_json_u64(json, object, "allocs", f->allocs);
        ta_json_u64(json, object, "bytes", f->bytes);
    }
}

static void take_one(ta_json_reader *reader, const cJSON *object, ta_suppression_figures *f) {
    char state[16] = "";
    TA_JSON_TAKE_TEXT(reader, object, "hot_path", f->suppression.hot_path);
    TA_JSON_TAKE_TEXT(reader, object, "function", f->suppression.function);
    TA_JSON_TAKE_TEXT(reader, object, "module", f->suppression.module);
    TA_JSON_TAKE_TEXT(reader, object, "reason", f->suppression.reason);
    TA_JSON_TAKE_TEXT(reader, object, "expires", f->suppression.expires);
    TA_JSON_TAKE_TEXT(reader, object, "state", state);
    if (!reader->failed && !ta_suppression_state_find(state, &f->state))
        ta_json_wrong(reader, "%sstate is \"%s\", which is none", reader->where, state);
    f->sites = ta_json_take_u64(reader, object, "sites", UINT64_MAX);
    f->allocs = ta_json_take_u64(reader, object, "allocs", UINT64_MAX);
    f->bytes = ta_json_take_u64(reader, object, "bytes", UINT64_MAX);
}

void ta_json_take_suppressions(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    const cJSON *all = ta_json_take_object(reader, root, "suppressed");
    TA_JSON_TAKE_TEXT(reader, all, "file", r->suppressions_path);
    r->suppressed.sites = ta_json_take_u64(reader, all, "sites", UINT64_MAX);
    r->suppressed.allocs = ta_json_take_u64(reader, all, "allocs", UINT64_MAX);
    r->suppressed.bytes = ta_json_take_u64(reader, all, "bytes", UINT64_MAX);
    uint32_t count;
    const cJSON *item =
        ta_json_take_array(reader, root, "suppressions", TA_SUPPRESSIONS_MAX, &count);
    r->suppressions = ta_json_make_items(reader, count, sizeof *r->suppressions);
    for (; r->suppressions && r->suppression_count < count; item = item->next) {
        ta_json_enter(reader, "suppressions", r->suppression_count);
        take_one(reader, item, &r->suppressions[r->suppression_count++]);
    }
    ta_json_leave(reader);
}
