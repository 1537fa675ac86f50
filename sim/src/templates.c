/* The kinds of enemies, and which of them is drawn. */
#include "world.h"

/* Weights in halves; among the bosses both are equal. */
static const sim_template templates[SIM_TEMPLATE_COUNT] = {
    {"goblin", 12, 20, 6, 10, 70, 90, 0.8f, 6, SIM_TIER_SWARM, 0.33f},
    {"orc_warrior", 20, 30, 10, 15, 55, 75, 1.2f, 4, SIM_TIER_REGULAR, 0.25f},
    {"archer", 8, 15, 15, 20, 45, 65, 0.9f, 3, SIM_TIER_REGULAR, 0.13f},
    {"melee_base", 15, 25, 8, 12, 60, 80, 1.0f, 2, SIM_TIER_REGULAR, 0.05f},
    {"ranged_base", 10, 18, 12, 18, 40, 60, 0.9f, 2, SIM_TIER_REGULAR, 0.55f},
    {"elite_knight", 40, 60, 18, 25, 50, 70, 1.3f, 1, SIM_TIER_ELITE, 0.62f},
    {"ancient_lich", 150, 200, 35, 50, 25, 40, 1.8f, 1, SIM_TIER_BOSS, 0.78f},
    {"dragon_lord", 180, 220, 45, 65, 70, 90, 2.0f, 1, SIM_TIER_BOSS, 0.95f},
};

const sim_template *sim_template_at(uint32_t index) {
    assert(index < SIM_TEMPLATE_COUNT);
    return &templates[index];
}

/* `tiers` has a bit for each tier that may be drawn. */
static uint32_t draw(sim_stream *stream, uint32_t tiers) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < SIM_TEMPLATE_COUNT; i++)
        sum += (tiers >> templates[i].tier & 1u) * templates[i].weight;
    uint32_t ticket = sim_stream_below(stream, sum);
    for (uint32_t i = 0; i < SIM_TEMPLATE_COUNT; i++) {
        uint32_t weight = (tiers >> templates[i].tier & 1u) * templates[i].weight;
        if (ticket < weight)
            return i;
        ticket -= weight;
    }
    assert(false && "the ticket is below the sum");
    return 0;
}

uint32_t sim_template_draw(sim_stream *stream) {
    return draw(stream, 1u << SIM_TIER_SWARM | 1u << SIM_TIER_REGULAR | 1u << SIM_TIER_ELITE);
}

uint32_t sim_template_draw_tier(sim_stream *stream, sim_tier tier) {
    return draw(stream, 1u << tier);
}

static float channel(float hue, float offset, float saturation, float value) {
    float turn = hue * 6.0f + offset;
    float around = turn >= 6.0f ? turn - 6.0f : turn;
    float rise = around < 4.0f - around ? around : 4.0f - around;
    float inside = rise < 0.0f ? 0.0f : (rise > 1.0f ? 1.0f : rise);
    return value - value * saturation * inside;
}

/* The usual six-sided formula: v - v s clamp(min(k, 4 - k), 0, 1), k = (n + 6 h) mod 6, n = 5, 3, 1
 * for red, green, blue. */
void sim_colour_from_hsv(float hue, float saturation, float value, float rgb[3]) {
    rgb[0] = channel(hue, 5.0f, saturation, value);
    rgb[1] = channel(hue, 3.0f, saturation, value);
    rgb[2] = channel(hue, 1.0f, saturation, value);
}
