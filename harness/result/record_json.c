#include "record_json.h"

#include <stdlib.h>
#include <string.h>

void ta_json_add_record(ta_json *json, const ta_result *r) {
    cJSON *object = ta_json_object(json, json->root, "record");
    ta_json_text(json, object, "folder", r->record.folder);
    ta_json_text(json, object, "workload_file", r->record.workload_file);
    ta_json_hash(json, object, "workload_hash", r->record.workload_hash);
    ta_json_hash(json, object, "inputs_hash", r->record.inputs_hash);
    ta_json_bool(json, object, "scenario_named", r->scenario_named);
    ta_json_text(json, object, "ticks", r->ticks_of);
    cJSON *arguments = ta_json_array(json, object, "arguments");
    for (uint32_t i = 0; i < r->record.argument_count; i++)
        ta_json_append_text(json, arguments, r->record.arguments[i]);
}

static void take_arguments(ta_json_reader *reader, const cJSON *object, ta_record *record) {
    enum { ARGUMENTS_MAX = 1 << 16 };
    const cJSON *array = ta_json_member(reader, object, "arguments"), *item;
    int count = cJSON_GetArraySize(array);
    if (!cJSON_IsArray(array) || count > ARGUMENTS_MAX)
        ta_json_wrong(reader, "record.arguments is no array of at most %d texts", ARGUMENTS_MAX);
    char **texts = ta_json_make_items(reader, (uint32_t)count, sizeof *texts);
    uint32_t used = 0;
    cJSON_ArrayForEach(item, array) {
        if (!texts || reader->failed)
            break;
        if (cJSON_IsString(item))
            texts[used++] = item->valuestring;
        else
            ta_json_wrong(reader, "record.arguments[%u] is no text", used);
    }
    if (texts && !reader->failed && !ta_record_set_arguments(record, texts, used))
        reader->failed = reader->no_memory = true;
    free(texts);
}

void ta_json_take_record(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    if (!cJSON_HasObjectItem(root, "record"))
        return;
    const cJSON *object = ta_json_take_object(reader, root, "record");
    TA_JSON_TAKE_TEXT(reader, object, "folder", r->record.folder);
    TA_JSON_TAKE_TEXT(reader, object, "workload_file", r->record.workload_file);
    r->record.workload_hash = ta_json_take_hash(reader, object, "workload_hash");
    if (cJSON_HasObjectItem(object, "inputs_hash")) /* older results have none */
        r->record.inputs_hash = ta_json_take_hash(reader, object, "inputs_hash");
    r->scenario_named = ta_json_take_bool(reader, object, "scenario_named");
    TA_JSON_TAKE_TEXT(reader, object, "ticks", r->ticks_of);
    if (!reader->failed)
        take_arguments(reader, object, &r->record);
}

void ta_json_add_rounds(ta_json *json, const ta_result *r) {
    cJSON *object = ta_json_object(json, json->root, "rounds");
    ta_json_u64(json, object, "count", r->rounds);
    ta_json_bool(json, object, "state_hashes_differ", r->round_hashes_differ);
    ta_json_u64(json, object, "state_hash_tick", r->round_hash_tick);
    cJSON *ranges = ta_json_object(json, object, "ranges");
    for (int m = 0; m < TA_METRIC_COUNT; m++) {
        const ta_round_range *range = &r->round_ranges[m];
        if (!range->known)
            continue;
        cJSON *entry = ta_json_object(json, ranges, ta_metric_table[m].name);
        ta_json_number(json, entry, "least", true, range->least);
        ta_json_number(json, entry, "greatest", true, range->greatest);
        ta_json_u64(json, entry, "first_tick", range->first_tick);
    }
}

void ta_json_take_rounds(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    r->rounds = 1;
    if (!cJSON_HasObjectItem(root, "rounds"))
        return;
    const cJSON *object = ta_json_take_object(reader, root, "rounds");
    r->rounds = (uint32_t)ta_json_take_u64(reader, object, "count", UINT32_MAX);
    r->round_hashes_differ = ta_json_take_bool(reader, object, "state_hashes_differ");
    r->round_hash_tick = ta_json_take_u64(reader, object, "state_hash_tick", UINT64_MAX);
    const cJSON *ranges = ta_json_take_object(reader, object, "ranges");
    for (int m = 0; m < TA_METRIC_COUNT && !reader->failed; m++) {
        const char *name = ta_metric_table[m].name;
        ta_round_range *range = &r->round_ranges[m];
        bool least, greatest;
        if (!cJSON_HasObjectItem(ranges, name))
            continue;
        const cJSON *entry = ta_json_take_object(reader, ranges, name);
        range->least = ta_json_take_number(reader, entry, "least", &least);
        range->greatest = ta_json_take_number(reader, entry, "greatest", &greatest);
        range->first_tick = ta_json_take_u64(reader, entry, "first_tick", UINT64_MAX);
        range->known = least && greatest;
    }
}
