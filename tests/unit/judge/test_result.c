/* The small functions of a result. */
#include <criterion/criterion.h>
#include <math.h>

#include "result.h"

Test(result, new_one_is_empty_and_null_may_be_freed) {
    ta_result *result = ta_result_new();
    cr_assert_eq(result->judgement_count, 0);
    cr_assert_null(result->ticks);
    ta_result_free(result);
    ta_result_free(NULL);
}

Test(result, unknown_value_is_no_number) {
    ta_result *result = ta_result_new();
    result->whole.value[TA_METRIC_avg_fps] = 60;
    cr_assert(isnan(ta_result_value(result, TA_METRIC_avg_fps)));
    result->whole.known[TA_METRIC_avg_fps] = true;
    cr_assert_eq(ta_result_value(result, TA_METRIC_avg_fps), 60);
    ta_result_free(result);
}

Test(result, verdicts_have_one_spelling_and_an_exit_code) {
    static const struct {
        ta_verdict verdict;
        const char *name;
        int exit_code;
    } verdicts[] = {
        {TA_VERDICT_PASS, "pass", 0},         {TA_VERDICT_FAIL, "fail", 1},
        {TA_VERDICT_IMPROVED, "improved", 0}, {TA_VERDICT_INCONCLUSIVE, "inconclusive", 3},
        {TA_VERDICT_PARTIAL, "partial", 4},   {TA_VERDICT_NONE, "none", 0}};
    for (unsigned i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        ta_verdict found;
        cr_assert_str_eq(ta_verdict_name(verdicts[i].verdict), verdicts[i].name);
        cr_assert(ta_verdict_find(verdicts[i].name, &found));
        cr_assert_eq(found, verdicts[i].verdict);
        cr_assert_eq((int)ta_verdict_exit_code(found), verdicts[i].exit_code);
    }
    ta_verdict none;
    cr_assert_not(ta_verdict_find("Pass", &none));
    cr_assert_str_eq(ta_verdict_name((ta_verdict)77), "unknown");
}
