#include "evidence_json.h"

static void add_end(ta_json *json, const ta_result *r) {
    const ta_program_end *end = &r->program_end;
    cJSON *object = ta_json_object(json, json->root, "program_end");
    ta_json_text(json, object, "how", ta_program_end_name(end->how));
    ta_json_number(json, object, "exit_code", end->how == TA_PROGRAM_EXITED, end->number);
    ta_json_number(json, object, "signal", end->how == TA_PROGRAM_KILLED, end->number);
    ta_json_bool(json, object, "expected", end->expected);
}

static void add_live(ta_json *json, const ta_result *r) {
    cJSON *object = ta_json_object(json, json->root, "live_at_end");
    bool known = r->live_at_end.known;
    ta_json_number(json, object, "bytes", known, (double)r->live_at_end.bytes);
    ta_json_number(json, object, "blocks", known, (double)r->live_at_end.blocks);
}

void ta_json_add_evidence(ta_json *json, const ta_result *r) {
    add_end(json, r);
    add_live(json, r);
    ta_json_bool(json, json->root, "strict", r->strict);
    cJSON *array = ta_json_array(json, json->root, "evidence");
    for (uint32_t i = 0; i < r->evidence_count; i++) {
        const ta_evidence *e = &r->evidence[i];
        cJSON *object = ta_json_append_object(json, array);
        ta_json_text(json, object, "what", e->what);
        ta_json_text(json, object, "subject", e->subject);
        ta_json_text(json, object, "state", ta_evidence_state_name(e->state));
        ta_json_text(json, object, "detail", e->detail);
        ta_json_text(json, object, "remedy", e->remedy);
    }
}

static void take_end(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    ta_program_end *end = &r->program_end;
    const cJSON *object = ta_json_take_object(reader, root, "program_end");
    char how[16] = "";
    bool exited, killed;
    TA_JSON_TAKE_TEXT(reader, object, "how", how);
    if (!reader->failed && !ta_program_end_find(how, &end->how))
        ta_json_wrong(reader, "program_end.how is \"%s\", which is none", how);
    double code = ta_json_take_number(reader, object, "exit_code", &exited);
    double signal = ta_json_take_number(reader, object, "signal", &killed);
    bool fits = exited == (end->how == TA_PROGRAM_EXITED) &&
                killed == (end->how == TA_PROGRAM_KILLED) && code >= 0 && code <= 255 &&
                signal >= 0 && signal <= 255;
    if (!reader->failed && !fits)
        ta_json_wrong(reader, "program_end has an exit_code or signal that does not go with how");
    if (!reader->failed)
        end->number = (int)(exited ? code : signal);
    end->expected = ta_json_take_bool(reader, object, "expected");
}

static int64_t take_signed(ta_json_reader *reader, const cJSON *object, const char *name,
                           bool *known) {
    double value = ta_json_take_number(reader, object, name, known);
    if (!(value > -9e15 && value < 9e15))
        ta_json_wrong(reader, "live_at_end.%s is no such number", name);
    return reader->failed ? 0 : (int64_t)value;
}

static void take_live(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    const cJSON *object = ta_json_take_object(reader, root, "live_at_end");
    bool bytes_known = false, blocks_known = false;
    r->live_at_end.bytes = take_signed(reader, object, "bytes", &bytes_known);
    r->live_at_end.blocks = take_signed(reader, object, "blocks", &blocks_known);
    r->live_at_end.known = bytes_known && blocks_known;
}

/* The name of a fact is taken as it is: a later version may know more of them. */
static void take_entry(ta_json_reader *reader, const cJSON *object, ta_evidence *e) {
    char state[16] = "";
    TA_JSON_TAKE_TEXT(reader, object, "what", e->what);
    TA_JSON_TAKE_TEXT(reader, object, "subject", e->subject);
    TA_JSON_TAKE_TEXT(reader, object, "state", state);
    if (!reader->failed && !ta_evidence_state_find(state, &e->state))
        ta_json_wrong(reader, "%sstate is \"%s\", which is none", reader->where, state);
    TA_JSON_TAKE_TEXT(reader, object, "detail", e->detail);
    TA_JSON_TAKE_TEXT(reader, object, "remedy", e->remedy);
}

void ta_json_take_evidence(ta_json_reader *reader, const cJSON *root, ta_result *r) {
    enum { ENTRIES_MAX = 4096 };
    take_end(reader, root, r);
    take_live(reader, root, r);
    r->strict = ta_json_take_bool(reader, root, "strict");
    uint32_t count;
    const cJSON *item = ta_json_take_array(reader, root, "evidence", ENTRIES_MAX, &count);
    r->evidence = ta_json_make_items(reader, count, sizeof *r->evidence);
    for (; r->evidence && r->evidence_count < count; item = item->next) {
        ta_json_enter(reader, "evidence", r->evidence_count);
        take_entry(reader, item, &r->evidence[r->evidence_count++]);
    }
    ta_json_leave(reader);
}
