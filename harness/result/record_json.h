/* record_json.h: the parts of a result's JSON that tell how to make the run again, and what its
 * rounds said. For the files that write and read results. Both are missing in results of earlier
 * builds. */
#ifndef TA_RESULT_RECORD_JSON_H
#define TA_RESULT_RECORD_JSON_H

#include "json_make.h"
#include "json_take.h"

void ta_json_add_record(ta_json *json, const ta_result *result);
void ta_json_take_record(ta_json_reader *reader, const cJSON *root, ta_result *result);

void ta_json_add_rounds(ta_json *json, const ta_result *result);
void ta_json_take_rounds(ta_json_reader *reader, const cJSON *root, ta_result *result);

#endif
