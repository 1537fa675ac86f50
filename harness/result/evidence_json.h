/* evidence_json.h: what a verdict rests on, as JSON, and back: the evidence, the program's end and
 * what was live then. For the files that write and read results. Functions allocate. */
#ifndef TA_RESULT_EVIDENCE_JSON_H
#define TA_RESULT_EVIDENCE_JSON_H

#include "json_make.h"
#include "json_take.h"

void ta_json_add_evidence(ta_json *json, const ta_result *r);
void ta_json_take_evidence(ta_json_reader *reader, const cJSON *root, ta_result *r);

#endif
