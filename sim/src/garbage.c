/* The garbage list: memory that the slow habits let go of waits here for a collection, as it does
 * in an engine that collects. With every switch on nothing ever comes here. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *sim_take(size_t size) {
    void *block = malloc(size);
    if (!block)
        abort(); /* these habits cannot do without; the ones that can are a switch away */
    return block;
}

void *sim_take_more(void *block, size_t size) {
    void *more = realloc(block, size);
    if (!more)
        abort();
    return more;
}

char *sim_take_text(const char *format, ...) {
    char text[SIM_LOG_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    size = size < sizeof text ? size : sizeof text;
    text[size - 1] = 0;
    return memcpy(sim_take(size), text, size);
}

void sim_let_go(sim_world *world, void *block) {
    sim_garbage *garbage = &world->garbage;
    if (!block)
        return;
    if (garbage->count == garbage->room)
        world->habits.collect->grow(world);
    garbage->blocks[garbage->count++] = block;
    world->habits.interval->added(world);
}

void sim_garbage_destroy(sim_world *world) {
    for (size_t i = 0; i < world->garbage.count; i++)
        free(world->garbage.blocks[i]);
    free(world->garbage.blocks);
}
