/* 9.3 event_ring, off: each listener is called at once, with its arguments boxed one by one in an
 * array that is made for the call. */
#include "world.h"

enum { ARGUMENTS = 6 };

/* One argument of any type, as a dynamic language passes it. */
typedef struct box {
    enum { BOX_WHOLE, BOX_REAL } type;
    union {
        uint32_t whole;
        float real;
    } value;
} box;

static box *box_whole(uint32_t value) {
    box *made = sim_take(sizeof *made);
    *made = (box){.type = BOX_WHOLE, .value.whole = value};
    return made;
}

static box *box_real(float value) {
    box *made = sim_take(sizeof *made);
    *made = (box){.type = BOX_REAL, .value.real = value};
    return made;
}

static box **box_all(const sim_payload *told) {
    box **arguments = sim_take(ARGUMENTS * sizeof(box *));
    arguments[0] = box_whole(told->enemy.slot);
    arguments[1] = box_whole(told->enemy.generation);
    arguments[2] = box_real(told->amount);
    arguments[3] = box_real(told->x);
    arguments[4] = box_real(told->y);
    arguments[5] = box_whole(told->tier);
    return arguments;
}

static sim_payload unbox_all(box *const *arguments) {
    return (sim_payload){
        .enemy = {arguments[0]->value.whole, arguments[1]->value.whole},
        .amount = arguments[2]->value.real,
        .x = arguments[3]->value.real,
        .y = arguments[4]->value.real,
        .tier = arguments[5]->value.whole,
    };
}

static void call(sim_world *world, uint32_t listener, uint32_t type, const sim_payload *told) {
    box **arguments = box_all(told);
    sim_payload unboxed = unbox_all(arguments);
    sim_events_listen(world, listener, type, &unboxed);
    for (int i = 0; i < ARGUMENTS; i++)
        sim_let_go(world, arguments[i]);
    sim_let_go(world, arguments);
}

static void send(sim_world *world, const sim_event *event) {
    sim_event own = *event;
    sim_payload told;
    sim_events_told(&own, &told);
    for (uint32_t i = 0; i < sim_events_listeners(own.type); i++)
        call(world, i, own.type, &told);
    sim_events_release(world, &own);
}

static void drain(sim_world *world) {
    (void)world; /* nothing ever waits */
}

const sim_delivery_habit sim_delivery_direct = {.send = send, .drain = drain};
