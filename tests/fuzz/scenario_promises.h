/* scenario_promises.h: what scenario.h promises of every scenario that was accepted, however odd
 * the text; for the fuzzer and the mutation test alike.
 *
 *     const char *broken = scenario_broken_promise(&scenario);
 *
 * Allocates nothing. */
#ifndef TEST_FUZZ_SCENARIO_PROMISES_H
#define TEST_FUZZ_SCENARIO_PROMISES_H

#include "scenario.h"

/* The first promise that does not hold, in words, or NULL. */
const char *scenario_broken_promise(const ta_scenario *scenario);

#endif
