/* compare_gates.h: the gates over what is exact. For the files that compare. Nothing allocates. */
#ifndef TA_JUDGE_COMPARE_GATES_H
#define TA_JUDGE_COMPARE_GATES_H

#include "compare.h"

/* Adds the gates of all exact metrics, of the state hash (`other_world`: that is a note) and of how
 * the programs ended. */
void ta_compare_exact_gates(ta_comparison *comparison, bool other_world);

/* Judges one metric by its values alone, as an integer: pass, improved or fail. */
ta_verdict ta_compare_judge(ta_metric metric, double pre, double post);

#endif
