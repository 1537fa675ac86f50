/* Shares to whole numbers by largest remainder: the sum is exact, and nobody is off by one or more.
 */
#include "world.h"

void sim_quota_split(const double share[SIM_TIER_COUNT], uint32_t total,
                     uint32_t count[SIM_TIER_COUNT]) {
    double sum = 0, rest[SIM_TIER_COUNT];
    uint32_t given = 0;
    for (uint32_t i = 0; i < SIM_TIER_COUNT; i++)
        sum += share[i];
    for (uint32_t i = 0; i < SIM_TIER_COUNT; i++) {
        /* A whole number that rounding left a hair below itself stays whole. */
        double exact = sum > 0 ? share[i] / sum * total + 1e-9 : 0;
        count[i] = (uint32_t)exact;
        rest[i] = exact - count[i];
        given += count[i];
    }
    for (; sum > 0 && given < total; given++) {
        uint32_t most = 0;
        for (uint32_t i = 1; i < SIM_TIER_COUNT; i++)
            most = rest[i] > rest[most] ? i : most;
        count[most]++;
        rest[most] = -1;
    }
}
