/* Random numbers: splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
 * 2014), with an increment of its own for each stream, so that two streams never run along the same
 * sequence. Only additions, shifts and products of integers, and exact conversions to float. */
#include "world.h"

#include <math.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t hash_text(const char *text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (uint64_t)(unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

sim_stream sim_stream_make(uint64_t seed, const char *name) {
    uint64_t own = mix(mix(seed + GOLDEN) ^ hash_text(name));
    return (sim_stream){.state = own, .step = mix(own + GOLDEN) | 1u};
}

uint64_t sim_stream_next(sim_stream *stream) {
    stream->state += stream->step;
    return mix(stream->state);
}

float sim_stream_unit(sim_stream *stream) {
    return (float)(sim_stream_next(stream) >> 40) * (1.0f / 16777216.0f);
}

float sim_stream_range(sim_stream *stream, float low, float high) {
    return low + (high - low) * sim_stream_unit(stream);
}

uint32_t sim_stream_below(sim_stream *stream, uint32_t limit) {
    assert(limit > 0);
    return (uint32_t)(((sim_stream_next(stream) >> 32) * limit) >> 32);
}

/* A point in the unit disc by rejection, then stretched: sine and cosine differ between versions of
 * libm, a square root does not. */
void sim_stream_direction(sim_stream *stream, float *x, float *y) {
    float px, py, square;
    do {
        px = sim_stream_range(stream, -1.0f, 1.0f);
        py = sim_stream_range(stream, -1.0f, 1.0f);
        square = px * px + py * py;
    } while (square > 1.0f || square < 0.0001f);
    float length = sqrtf(square);
    *x = px / length;
    *y = py / length;
}

sim_streams sim_streams_make(uint64_t seed) {
    return (sim_streams){
        .waves = sim_stream_make(seed, "waves"),
        .ai = sim_stream_make(seed, "ai"),
        .crit = sim_stream_make(seed, "crit"),
        .loot = sim_stream_make(seed, "loot"),
        .test = sim_stream_make(seed, "test"),
    };
}
