/* override.h: what --set KEY=VALUE does to a scenario before it is read.
 *
 *     status = ta_override_apply(document, "phases[combat].seconds=2");
 *
 * Allocates. One thread at a time. */
#ifndef TA_SCENARIO_OVERRIDE_H
#define TA_SCENARIO_OVERRIDE_H

#include "document.h"

/* Sets one value in the tree: KEY is a JSON path, whose brackets hold an index or, in an array of
 * objects, a name; or a switch by its own name. VALUE is JSON when it can be, otherwise a text.
 * Whether the value makes sense is for the reader to say, which sees where it came from. `override`
 * must outlive the document. Errors: TA_BAD_INPUT with the override in front. */
ta_status ta_override_apply(ta_document *document, const char *override);

#endif
