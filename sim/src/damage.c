/* Damage: requests wait in a ring, and are worked off once a step. */
#include "world.h"

enum { MASK = SIM_DAMAGE_QUEUE_MAX - 1 };

bool sim_damage_create(sim_world *world) {
    world->damage.ring = sim_memory(world, SIM_DAMAGE_QUEUE_MAX, sizeof(sim_damage));
    return world->damage.ring != NULL;
}

/* A full queue drops its oldest: what was hit last is what the player sees. */
void sim_damage_push(sim_world *world, const sim_damage *damage) {
    sim_damage_queue *queue = &world->damage;
    if (queue->count == SIM_DAMAGE_QUEUE_MAX) {
        queue->first = (queue->first + 1) & MASK;
        queue->count--;
        queue->dropped++;
    }
    queue->ring[(queue->first + queue->count) & MASK] = *damage;
    queue->count++;
    queue->high = queue->count > queue->high ? queue->count : queue->high;
}

static void apply(sim_world *world, const sim_damage *damage) {
    sim_damage_queue *queue = &world->damage;
    uint32_t slot = damage->target.slot;
    if (!sim_is_alive(world, damage->target)) {
        queue->stale++;
        return;
    }
    bool critical = sim_stream_below(&world->streams.crit, 100) < SIM_CRITICAL_PERCENT;
    float amount = critical ? damage->amount * SIM_CRITICAL_FACTOR : damage->amount;
    float left = world->habits.registry->hurt(world, slot, amount);
    queue->applied++;
    queue->criticals += critical;
    const char *name = world->habits.ids->name(world, slot);
    sim_log(world, SIM_LOG_DEBUG, "%s took %d, has %d left", name, (int)amount, (int)left);
    world->habits.ids->end(world, name);
    if (left <= 0.0f) {
        sim_kill(world, damage->target);
        return;
    }
    if (critical)
        world->habits.flags->set(world, slot, SIM_FLAG_CRITICAL);
    else
        world->habits.flags->clear(world, slot, SIM_FLAG_CRITICAL);
    if (damage->push_x != 0.0f || damage->push_y != 0.0f)
        sim_knockback_start(world, damage->target, damage->push_x, damage->push_y);
    sim_events_send(world, SIM_EVENT_HIT, damage->target, amount);
}

void sim_damage_step(sim_world *world) {
    sim_damage_queue *queue = &world->damage;
    uint32_t due = queue->count < SIM_DAMAGE_PER_STEP_MAX ? queue->count : SIM_DAMAGE_PER_STEP_MAX;
    for (uint32_t i = 0; i < due; i++) {
        sim_damage damage = queue->ring[queue->first];
        queue->first = (queue->first + 1) & MASK;
        queue->count--;
        apply(world, &damage);
    }
}
