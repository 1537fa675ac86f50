/* 9.3 event_ring, on: events wait in a ring, drained once a step. */
#include "event_queue.h"
#include "world.h"

typedef struct queue {
    sim_event ring[SIM_EVENT_QUEUE_MAX];
    uint32_t first, count;
} queue;

static bool create(sim_world *world) {
    return (world->habits.delivery_state = sim_memory(world, 1, sizeof(queue))) != NULL;
}

/* Events that listeners send while the ring is drained are drained with it. */
static void drain(sim_world *world) {
    queue *q = world->habits.delivery_state;
    while (q->count > 0) {
        sim_event event = q->ring[q->first];
        q->first = (q->first + 1) & (SIM_EVENT_QUEUE_MAX - 1);
        q->count--;
        sim_payload told;
        sim_events_told(&event, &told);
        for (uint32_t i = 0; i < sim_events_listeners(event.type); i++)
            sim_events_listen(world, i, event.type, &told);
        sim_events_release(world, &event);
    }
}

/* A burst may bring more events than there is room for: none is lost, they are told earlier. */
static void send(sim_world *world, const sim_event *event) {
    queue *q = world->habits.delivery_state;
    if (q->count == SIM_EVENT_QUEUE_MAX)
        drain(world);
    q->ring[(q->first + q->count) & (SIM_EVENT_QUEUE_MAX - 1)] = *event;
    q->count++;
    world->event_queue_high =
        q->count > world->event_queue_high ? q->count : world->event_queue_high;
}

const sim_delivery_habit sim_delivery_ring = {.create = create, .send = send, .drain = drain};
