/* suppressions_json.h: the suppressions of a result in its JSON. For result_json*.c only.
 *
 * Both allocate as json_make.h and json_take.h do. */
#ifndef TA_RESULT_SUPPRESSIONS_JSON_H
#define TA_RESULT_SUPPRESSIONS_JSON_H

#include "json_make.h"
#include "json_take.h"

/* "suppressed" and "suppressions". */
void ta_json_add_suppressions(ta_json *json, const ta_result *result);

/* The same two back; what is wrong is noted in the reader. */
void ta_json_take_suppressions(ta_json_reader *reader, const cJSON *root, ta_result *result);

#endif
