/* frame.c: one frame: begun, mapped, drawn, ended. Nothing in this file allocates.
 *
 * A draw culls and sums its instances at once, while they are in the cache; the order by layer is
 * settled at the end of the frame, over a few dozen records. */
#include "checksum.h"
#include "internal.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(renderer_instance) == CHECKSUM_LANES * sizeof(uint64_t),
               "a lane for each 64-bit word of an instance");

/* Instances that are culled and then summed at a time: 10 KiB, so that they stay in the first
 * cache between the two passes. */
enum { BLOCK_INSTANCES = 256 };

void renderer_frame_begin(renderer *r, renderer_view view) {
    if (renderer_view_valid(view))
        r->view = view;
    r->epoch++;
    r->open = true;
    r->instances_mapped = 0;
    r->refused = 0;
    r->draw_count = 0;
}

renderer_instance *renderer_multimesh_map(renderer *r, renderer_multimesh mm, uint32_t count) {
    multimesh_slot *slot = r->open ? renderer_multimesh_find(r, mm) : NULL;
    if (!slot || count > slot->capacity || slot->drawn_epoch == r->epoch) {
        r->refused++;
        return NULL;
    }
    uint32_t others = r->instances_mapped;
    if (slot->mapped_epoch == r->epoch)
        others -= slot->count;
    uint32_t room = (r->instances_max ? r->instances_max : UINT32_MAX) - others;
    if (count > room) {
        r->refused++;
        return NULL;
    }
    slot->mapped_epoch = r->epoch;
    slot->count = count;
    r->instances_mapped = others + count;
    return slot->instances;
}

/* The box around the quad's four corners against the view; touching edges share no area. The
 * comparisons are all false for a NaN, which is thereby culled. Written without branches: where an
 * enemy stands is nothing that a processor could guess. */
uint32_t renderer_cull(const renderer_instance *instances, uint32_t count, float quad_width,
                       float quad_height, renderer_view view, uint32_t *visible) {
    const float half_width = 0.5f * quad_width, half_height = 0.5f * quad_height;
    const float right = view.x + view.width, bottom = view.y + view.height;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const renderer_instance *p = &instances[i];
        float reach_x = half_width * fabsf(p->x_axis[0]) + half_height * fabsf(p->y_axis[0]);
        float reach_y = half_width * fabsf(p->x_axis[1]) + half_height * fabsf(p->y_axis[1]);
        visible[kept] = i;
        kept += (uint32_t)((p->origin[0] + reach_x > view.x) & (p->origin[0] - reach_x < right) &
                           (p->origin[1] + reach_y > view.y) & (p->origin[1] - reach_y < bottom));
    }
    return kept;
}

static void sum_visible(const renderer_instance *instances, const uint32_t *visible, uint32_t count,
                        uint64_t lanes[CHECKSUM_LANES]) {
    uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3], e = lanes[4];
    for (uint32_t i = 0; i < count; ++i) {
        uint64_t words[CHECKSUM_LANES];
        memcpy(words, &instances[visible[i]], sizeof words);
        a = checksum_step(a, words[0]);
        b = checksum_step(b, words[1]);
        c = checksum_step(c, words[2]);
        d = checksum_step(d, words[3]);
        e = checksum_step(e, words[4]);
    }
    lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d, lanes[4] = e;
}

static void draw_instances(const multimesh_slot *slot, renderer_view view, draw_record *record) {
    uint32_t visible[BLOCK_INSTANCES];
    for (uint32_t i = 0; i < CHECKSUM_LANES; ++i)
        record->lanes[i] = CHECKSUM_BASIS + i;
    for (uint32_t first = 0; first < slot->count; first += BLOCK_INSTANCES) {
        const renderer_instance *block = slot->instances + first;
        uint32_t left = slot->count - first;
        uint32_t count = left < BLOCK_INSTANCES ? left : BLOCK_INSTANCES;
        uint32_t kept =
            renderer_cull(block, count, slot->quad_width, slot->quad_height, view, visible);
        sum_visible(block, visible, kept, record->lanes);
        record->drawn += kept;
        record->culled += count - kept;
    }
}

void renderer_multimesh_draw(renderer *r, renderer_multimesh mm) {
    multimesh_slot *slot = r->open ? renderer_multimesh_find(r, mm) : NULL;
    if (!slot || slot->mapped_epoch != r->epoch || slot->drawn_epoch == r->epoch ||
        r->draw_count == RENDERER_MULTIMESH_MAX) {
        r->refused++;
        return;
    }
    slot->drawn_epoch = r->epoch;
    draw_record *record = &r->draws[r->draw_count++];
    *record = (draw_record){.multimesh = mm,
                            .layer = slot->layer,
                            .quad_width = slot->quad_width,
                            .quad_height = slot->quad_height};
    draw_instances(slot, r->view, record);
}

/* By insertion: stable, in place, and at most a few dozen records, nearly sorted. qsort may
 * allocate. */
static void sort_by_layer(draw_record *draws, uint32_t count) {
    for (uint32_t i = 1; i < count; ++i) {
        if (draws[i].layer >= draws[i - 1].layer)
            continue;
        draw_record moving = draws[i];
        uint32_t at = i;
        for (; at > 0 && draws[at - 1].layer > moving.layer; --at)
            draws[at] = draws[at - 1];
        draws[at] = moving;
    }
}

static uint64_t sum_draw(uint64_t h, const draw_record *record) {
    uint32_t width, height;
    memcpy(&width, &record->quad_width, sizeof width);
    memcpy(&height, &record->quad_height, sizeof height);
    h = checksum_step(h, (uint64_t)height << 32 | width);
    h = checksum_step(h, record->drawn);
    for (uint32_t i = 0; i < CHECKSUM_LANES; ++i)
        h = checksum_step(h, record->lanes[i]);
    return h;
}

void renderer_frame_end(renderer *r, renderer_stats *stats) {
    if (r->open) {
        sort_by_layer(r->draws, r->draw_count);
        renderer_stats now = {.frame = r->last.frame + 1, .refused = r->refused};
        uint64_t h = CHECKSUM_BASIS;
        for (uint32_t i = 0; i < r->draw_count; ++i) {
            const draw_record *record = &r->draws[i];
            now.instances_drawn += record->drawn;
            now.instances_culled += record->culled;
            if (record->drawn == 0)
                continue;
            now.draw_calls++;
            h = sum_draw(h, record);
        }
        now.bytes = (uint64_t)now.instances_drawn * sizeof(renderer_instance);
        now.checksum = checksum_finish(h);
        r->last = now;
        r->open = false;
    }
    if (stats)
        *stats = r->last;
}
