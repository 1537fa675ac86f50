/* Random numbers: reproducible, independent, in range. */
#include "world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

Test(streams, same_seed_and_name_give_the_same_numbers) {
    sim_stream a = sim_stream_make(7, "waves"), b = sim_stream_make(7, "waves");
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(sim_stream_next(&a), sim_stream_next(&b));
}

Test(streams, another_seed_or_name_gives_other_numbers) {
    sim_stream a = sim_stream_make(7, "waves");
    sim_stream others[] = {sim_stream_make(8, "waves"), sim_stream_make(7, "crit"),
                           sim_stream_make(7, "wavet")};
    uint64_t first = sim_stream_next(&a);
    for (int i = 0; i < 3; i++)
        cr_assert_neq(sim_stream_next(&others[i]), first);
}

Test(streams, a_draw_on_one_never_moves_another) {
    sim_streams drawn = sim_streams_make(1), still = sim_streams_make(1);
    for (int i = 0; i < 100; i++)
        sim_stream_next(&drawn.waves);
    cr_assert_neq(drawn.waves.state, still.waves.state);
    cr_assert_eq(sim_stream_next(&drawn.ai), sim_stream_next(&still.ai));
    cr_assert_eq(sim_stream_next(&drawn.crit), sim_stream_next(&still.crit));
    cr_assert_eq(sim_stream_next(&drawn.loot), sim_stream_next(&still.loot));
    cr_assert_eq(sim_stream_next(&drawn.test), sim_stream_next(&still.test));
}

Test(streams, the_first_numbers_are_pinned) {
    sim_stream stream = sim_stream_make(12345, "waves");
    uint64_t first = sim_stream_next(&stream), second = sim_stream_next(&stream);
    cr_assert_eq(first, UINT64_C(0xed21202cbb528d36), "%llx", (unsigned long long)first);
    cr_assert_eq(second, UINT64_C(0x09f67aa6972fb8ab), "%llx", (unsigned long long)second);
}

Test(streams, units_fill_their_range_evenly) {
    sim_stream stream = sim_stream_make(3, "test");
    int tenth[10] = {0};
    for (int i = 0; i < 100000; i++) {
        float unit = sim_stream_unit(&stream);
        cr_assert(unit >= 0.0f && unit < 1.0f);
        tenth[(int)(unit * 10.0f)]++;
    }
    for (int i = 0; i < 10; i++)
        cr_assert(abs(tenth[i] - 10000) < 500, "%d of 10000 in tenth %d", tenth[i], i);
}

Test(streams, below_reaches_every_number_and_no_other) {
    sim_stream stream = sim_stream_make(3, "test");
    int seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint32_t number = sim_stream_below(&stream, 7);
        cr_assert_lt(number, 7);
        seen[number]++;
    }
    for (int i = 0; i < 7; i++)
        cr_assert(seen[i] > 850 && seen[i] < 1150, "%d times %d", seen[i], i);
}

Test(streams, directions_have_length_one_and_go_everywhere) {
    sim_stream stream = sim_stream_make(3, "test");
    int quadrant[4] = {0};
    for (int i = 0; i < 4000; i++) {
        float x, y;
        sim_stream_direction(&stream, &x, &y);
        cr_assert(fabsf(x * x + y * y - 1.0f) < 1e-5f);
        quadrant[(x < 0) * 2 + (y < 0)]++;
    }
    for (int i = 0; i < 4; i++)
        cr_assert(quadrant[i] > 850 && quadrant[i] < 1150);
}
