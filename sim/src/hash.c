/* The state hash: FNV-1a on 64-bit words instead of bytes, with a rotation so that the top bit of a
 * word (a float's sign) reaches the others:
 *
 *     step(h, word) = rotl64(h ^ word, 29) * 0x100000001b3
 *
 * Four lanes take the words in turn, as one chain of products would wait for each; they are folded
 * at the end. The same for every setting of the switches, so nothing enters that belongs to one:
 * no garbage, no queue of events, no text. */
#include "world.h"

#define BASIS UINT64_C(0xcbf29ce484222325)
#define PRIME UINT64_C(0x100000001b3)

enum { LANES = 4 };
typedef struct hasher {
    uint64_t lane[LANES];
} hasher;

static inline uint64_t step(uint64_t h, uint64_t word) {
    h ^= word;
    return ((h << 29) | (h >> 35)) * PRIME;
}

static inline uint64_t bits(float value) {
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static inline uint64_t pair(float a, float b) {
    return bits(a) << 32 | bits(b);
}

static uint64_t bits_of_double(double value) {
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static inline void take4(hasher *h, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    h->lane[0] = step(h->lane[0], a);
    h->lane[1] = step(h->lane[1], b);
    h->lane[2] = step(h->lane[2], c);
    h->lane[3] = step(h->lane[3], d);
}

static void hash_enemy(hasher *h, const sim_world *world, uint32_t slot) {
    const sim_enemy *enemy = world->enemies[slot];
    const sim_bodies *bodies = &world->bodies;
    float hp, hp_full;
    world->habits.registry->look(world, slot, &hp, &hp_full);
    uint32_t flags = world->habits.flags->all(world, slot);
    uint64_t kind = (uint64_t)enemy->template_index << 16 | (uint64_t)enemy->tier << 8 | flags;
    take4(h, (uint64_t)slot << 32 | enemy->handle.generation, kind,
          pair(bodies->x[slot], bodies->y[slot]), pair(hp, hp_full));
    take4(h, pair(bodies->knock_x[slot], bodies->knock_y[slot]),
          pair(bodies->flash[slot], bodies->speed[slot]), pair(enemy->damage, enemy->size),
          pair(enemy->hue, enemy->saturation));
    take4(h, pair(enemy->value, enemy->speed), pair(enemy->rgb[0], enemy->rgb[1]),
          bits(enemy->rgb[2]), enemy->serial);
}

static void hash_things(hasher *h, const sim_world *world) {
    const sim_projectiles *shots = &world->projectiles;
    for (uint32_t i = 0; i < shots->count; i++)
        take4(h, i, pair(shots->x[i], shots->y[i]), pair(shots->vx[i], shots->vy[i]),
              bits(shots->life[i]));
    const sim_orbs *orbs = &world->orbs;
    for (uint32_t i = 0; i < orbs->count; i++)
        take4(h, i, pair(orbs->x[i], orbs->y[i]), orbs->worth[i], orbs->count);
    const sim_damage_queue *queue = &world->damage;
    for (uint32_t i = 0; i < queue->count; i++) {
        const sim_damage *damage = &queue->ring[(queue->first + i) & (SIM_DAMAGE_QUEUE_MAX - 1)];
        take4(h, damage->target.slot, damage->target.generation,
              pair(damage->push_x, damage->push_y), bits(damage->amount));
    }
}

static void hash_totals(hasher *h, const sim_world *world) {
    const sim_streams *s = &world->streams;
    const sim_player *player = &world->player;
    const sim_slots *slots = &world->slots;
    take4(h, s->waves.state, s->ai.state, s->crit.state, s->loot.state);
    take4(h, s->test.state, world->config.seed, world->clock.frames, world->clock.steps);
    take4(h, world->clock.due, world->clock.dropped, world->spawned, world->died);
    take4(h, world->despawned, world->refused, slots->alive, slots->high);
    take4(h, pair(player->health, player->facing_x), bits(player->facing_y), player->experience,
          player->falls);
    take4(h, player->kills, player->hits, bits_of_double(player->damage_taken), world->events);
    take4(h, world->damage.applied, world->damage.stale, world->damage.dropped, world->damage.high);
    take4(h, world->damage.criticals, world->director.steps, (uint64_t)world->director.phase.load,
          world->director.phase.population_last);
    take4(h, world->projectiles.count, world->projectiles.fired, world->orbs.dropped,
          world->orbs.collected);
    take4(h, world->orbs.count, world->orbs.lost, slots->free_count,
          slots->free_count ? slots->free[slots->free_count - 1] : 0);
}

uint64_t sim_world_hash(const sim_world *world) {
    hasher h = {{BASIS, BASIS + 1, BASIS + 2, BASIS + 3}};
    for (uint32_t slot = 0; slot < world->slots.high; slot++) {
        if (sim_slot_taken(&world->slots, slot))
            hash_enemy(&h, world, slot);
    }
    hash_things(&h, world);
    hash_totals(&h, world);
    uint64_t hash = BASIS;
    for (int i = 0; i < LANES; i++)
        hash = step(hash, h.lane[i]);
    return hash ^ (hash >> 32);
}
