/* paint.c: floor, grid and figures, pixel by pixel. Every edge is softened over one pixel by its
 * distance, which is exact for circles and near enough for the rest. */
#include "paint.h"

#include <math.h>

typedef enum figure_kind {
    FIGURE_BOLT,
    FIGURE_BAR,
    FIGURE_BODY,
    FIGURE_ELITE,
    FIGURE_BOSS
} figure_kind;

static const float BOLT_BELOW_PX = 12.0f, ELITE_FROM_PX = 40.0f, BOSS_FROM_PX = 52.0f;
static const float GRID_PX = 100.0f, GRID_STRONG_PX = 500.0f;
static const float BOLT_GLOW = 3.2f, HALO = 1.7f; /* reach, in half sides of the quad */

/* A quad on the picture: its centre, and what the unit vectors of its own frame (u to the right
 * edge, v to the bottom edge, each -1 to 1) become in pixels, and back. */
typedef struct figure {
    figure_kind kind;
    float x, y;
    float u_x, u_y, v_x, v_y;
    float inverse[4]; /* u = [0] dx + [1] dy, v = [2] dx + [3] dy */
    rgb colour;
    float alpha;
    float halo; /* 0 to 1: light around a body */
} figure;

/* One pixel as a figure sees it. */
typedef struct sample {
    float dx, dy; /* from the centre, pixels */
    float u, v;
    float rho;    /* distance from the centre, 1 at the rim */
    float radius; /* pixels from centre to rim in this direction */
} sample;

static figure_kind kind_of(float width, float height) {
    float larger = fmaxf(width, height);
    if (fabsf(width - height) > 0.01f * larger)
        return FIGURE_BAR;
    if (larger < BOLT_BELOW_PX)
        return FIGURE_BOLT;
    if (larger < ELITE_FROM_PX)
        return FIGURE_BODY;
    return larger < BOSS_FROM_PX ? FIGURE_ELITE : FIGURE_BOSS;
}

/* Bosses, and whatever is nearly white: a figure that was just hit, or the player. */
static float halo_of(const figure *f) {
    if (f->kind == FIGURE_BOSS)
        return 0.5f;
    float least = fminf(f->colour.r, fminf(f->colour.g, f->colour.b));
    return f->kind == FIGURE_BOLT || f->kind == FIGURE_BAR ? 0.0f : clamp01((least - 0.8f) * 4.0f);
}

/* False when the quad has no area on the picture, and so nothing to show. */
static bool figure_make(const canvas *c, renderer_view view, float quad_width, float quad_height,
                        const renderer_instance *p, figure *f) {
    float scale_x = (float)c->width / view.width, scale_y = (float)c->height / view.height;
    *f = (figure){.kind = kind_of(quad_width, quad_height),
                  .x = (p->origin[0] - view.x) * scale_x,
                  .y = (p->origin[1] - view.y) * scale_y,
                  .u_x = 0.5f * quad_width * p->x_axis[0] * scale_x,
                  .u_y = 0.5f * quad_width * p->x_axis[1] * scale_y,
                  .v_x = 0.5f * quad_height * p->y_axis[0] * scale_x,
                  .v_y = 0.5f * quad_height * p->y_axis[1] * scale_y,
                  .colour = {clamp01(p->rgba[0]), clamp01(p->rgba[1]), clamp01(p->rgba[2])},
                  .alpha = clamp01(p->rgba[3])};
    f->halo = halo_of(f);
    float determinant = f->u_x * f->v_y - f->u_y * f->v_x;
    if (!isfinite(determinant) || fabsf(determinant) < 1e-6f)
        return false;
    f->inverse[0] = f->v_y / determinant;
    f->inverse[1] = -f->v_x / determinant;
    f->inverse[2] = -f->u_y / determinant;
    f->inverse[3] = f->u_x / determinant;
    return true;
}

static sample sample_at(const figure *f, uint32_t x, uint32_t y) {
    sample s = {.dx = (float)x + 0.5f - f->x, .dy = (float)y + 0.5f - f->y};
    s.u = f->inverse[0] * s.dx + f->inverse[1] * s.dy;
    s.v = f->inverse[2] * s.dx + f->inverse[3] * s.dy;
    s.rho = fmaxf(sqrtf(s.u * s.u + s.v * s.v), 1e-4f);
    s.radius = fmaxf(sqrtf(s.dx * s.dx + s.dy * s.dy), 1e-3f) / s.rho;
    return s;
}

/* How much of the pixel lies inside of a rim at `rim`, in units of the radius. */
static float inside(const sample *s, float rim) {
    return clamp01((rim - s->rho) * s->radius + 0.5f);
}

/* How much of the pixel lies in a spot around (u, v). */
static float spot(const sample *s, float u, float v, float radius) {
    float distance = sqrtf((s->u - u) * (s->u - u) + (s->v - v) * (s->v - v));
    return clamp01((radius - distance) * s->radius + 0.5f);
}

static float rim_of(figure_kind kind, const sample *s) {
    if (kind != FIGURE_BOSS)
        return 0.97f;
    float wave = cosf(9.0f * atan2f(s->v, s->u));
    return 0.86f + 0.14f * wave * fabsf(wave);
}

/* Lit from the upper left of the picture, whichever way the figure is turned. */
static rgb shade(rgb colour, const sample *s) {
    float x = s->dx / s->radius, y = s->dy / s->radius;
    rgb lit = rgb_scale(colour, 0.86f - 0.30f * (x + y));
    float shine =
        clamp01(1.0f - 2.6f * sqrtf((x + 0.38f) * (x + 0.38f) + (y + 0.42f) * (y + 0.42f)));
    return rgb_mix(lit, (rgb){1, 1, 1}, 0.45f * shine);
}

/* A wedge that opens towards the x axis, below the eye. */
static float mouth(const sample *s) {
    float open = (s->u - 0.35f) * 0.42f - fabsf(s->v - 0.30f);
    return clamp01(open * s->radius + 0.5f);
}

static rgb body_colour(const figure *f, const sample *s, float rim) {
    const rgb ink = rgb_scale(f->colour, 0.22f), gold = {1.0f, 0.84f, 0.38f};
    rgb colour = shade(f->colour, s);
    if (f->kind == FIGURE_ELITE || f->kind == FIGURE_BOSS)
        colour = rgb_mix(colour, gold, inside(s, 0.84f) * (1.0f - inside(s, 0.74f)));
    colour = rgb_mix(colour, ink, mouth(s));
    colour = rgb_mix(colour, (rgb){1, 1, 1}, spot(s, 0.34f, -0.20f, 0.23f));
    colour = rgb_mix(colour, (rgb){0.05f, 0.05f, 0.08f}, spot(s, 0.42f, -0.20f, 0.12f));
    float line = fmaxf(1.3f / s->radius, 0.07f); /* the outline keeps neighbours apart */
    return rgb_mix(ink, colour, inside(s, rim - line));
}

static void paint_body(canvas *c, const figure *f, uint32_t x, uint32_t y, const sample *s) {
    float rim = rim_of(f->kind, s);
    if (f->halo > 0.0f && s->rho > rim * 0.9f) {
        float fade = clamp01((HALO - s->rho) / (HALO - 0.8f));
        canvas_add(c, x, y, f->colour, f->halo * fade * fade * f->alpha);
    }
    float cover = inside(s, rim);
    if (cover > 0.0f)
        canvas_blend(c, x, y, body_colour(f, s, rim), cover * f->alpha);
}

static void paint_bolt(canvas *c, const figure *f, uint32_t x, uint32_t y, const sample *s) {
    float fade = clamp01((BOLT_GLOW - s->rho) / BOLT_GLOW);
    canvas_add(c, x, y, f->colour, 0.75f * fade * fade * f->alpha);
    float core = inside(s, 0.95f);
    rgb hot = rgb_mix((rgb){1, 1, 1}, f->colour, clamp01(s->rho * s->rho));
    canvas_blend(c, x, y, hot, core * f->alpha);
}

static void paint_bar(canvas *c, const figure *f, uint32_t x, uint32_t y, const sample *s) {
    float across = sqrtf(f->u_x * f->u_x + f->u_y * f->u_y);
    float down = sqrtf(f->v_x * f->v_x + f->v_y * f->v_y);
    float cover =
        clamp01((1.0f - fabsf(s->u)) * across + 0.5f) * clamp01((1.0f - fabsf(s->v)) * down + 0.5f);
    /* Darker towards its tail, so that its direction shows too. */
    canvas_blend(c, x, y, rgb_scale(f->colour, 0.85f + 0.15f * s->u), cover * f->alpha);
}

static void paint_shadow(canvas *c, uint32_t x, uint32_t y, const figure *f, const sample *s) {
    float fade = clamp01((1.15f - s->rho) / 0.45f);
    canvas_blend(c, x, y, (rgb){0, 0, 0}, 0.5f * fade * f->alpha);
}

/* Pixels from..to along one side, clamped in floating point: a quad may be far larger than any
 * integer. */
static void pixel_range(float centre, float reach, uint32_t size, uint32_t *from, uint32_t *to) {
    float low = fminf(fmaxf(floorf(centre - reach), 0.0f), (float)size);
    float high = fminf(fmaxf(ceilf(centre + reach), 0.0f), (float)size);
    *from = (uint32_t)low;
    *to = (uint32_t)high;
}

static float glow_reach(const figure *f, paint_pass pass) {
    if (pass == PAINT_SHADOW)
        return 1.2f;
    return f->kind == FIGURE_BOLT ? BOLT_GLOW : f->halo > 0.0f ? HALO : 1.0f;
}

static void paint_pixel(canvas *c, const figure *f, paint_pass pass, uint32_t x, uint32_t y) {
    sample s = sample_at(f, x, y);
    if (pass == PAINT_SHADOW)
        paint_shadow(c, x, y, f, &s);
    else if (f->kind == FIGURE_BOLT)
        paint_bolt(c, f, x, y, &s);
    else if (f->kind == FIGURE_BAR)
        paint_bar(c, f, x, y, &s);
    else
        paint_body(c, f, x, y, &s);
}

void paint_instance(canvas *c, renderer_view view, float quad_width, float quad_height,
                    paint_pass pass, const renderer_instance *instance) {
    figure f;
    if (!figure_make(c, view, quad_width, quad_height, instance, &f))
        return;
    bool flat = f.kind == FIGURE_BOLT || f.kind == FIGURE_BAR;
    if (pass == PAINT_SHADOW) {
        if (flat)
            return; /* bolts give light, bars lie on the glass */
        f.y += 0.22f * sqrtf(f.v_x * f.v_x + f.v_y * f.v_y);
    }
    float reach = glow_reach(&f, pass);
    uint32_t left, right, top, bottom;
    pixel_range(f.x, (fabsf(f.u_x) + fabsf(f.v_x)) * reach + 1.0f, c->width, &left, &right);
    pixel_range(f.y, (fabsf(f.u_y) + fabsf(f.v_y)) * reach + 1.0f, c->height, &top, &bottom);
    for (uint32_t y = top; y < bottom; ++y)
        for (uint32_t x = left; x < right; ++x)
            paint_pixel(c, &f, pass, x, y);
}

/* Whether a line, one every `step`, falls into the world's stretch low..high. */
static bool line_within(float low, float high, float step) {
    return floorf(low / step) != floorf(high / step);
}

/* How strongly the grid shows in a pixel column or row that covers low..high of the world. Grids
 * too fine for the picture are left out, or they would be a grey fog. */
static float grid_strength(float low, float high) {
    if ((high - low) * 8.0f < GRID_STRONG_PX && line_within(low, high, GRID_STRONG_PX))
        return 1.0f;
    if ((high - low) * 8.0f < GRID_PX && line_within(low, high, GRID_PX))
        return 0.45f;
    return 0.0f;
}

void paint_arena(canvas *c, renderer_view view) {
    const rgb centre = {0.105f, 0.115f, 0.165f}, edge = {0.040f, 0.042f, 0.066f};
    const rgb grid = {0.30f, 0.38f, 0.58f};
    const float step_x = view.width / (float)c->width, step_y = view.height / (float)c->height;
    for (uint32_t y = 0; y < c->height; ++y) {
        float world_y = view.y + (float)y * step_y;
        float across = grid_strength(world_y, world_y + step_y);
        float v = ((float)y + 0.5f) / (float)c->height * 2.0f - 1.0f;
        for (uint32_t x = 0; x < c->width; ++x) {
            float world_x = view.x + (float)x * step_x;
            float line = fmaxf(across, grid_strength(world_x, world_x + step_x));
            float u = ((float)x + 0.5f) / (float)c->width * 2.0f - 1.0f;
            float far = clamp01(0.62f * (u * u + v * v));
            canvas_blend(c, x, y, rgb_mix(centre, edge, far), 1.0f);
            canvas_blend(c, x, y, grid, 0.46f * line * (1.0f - 0.5f * far));
        }
    }
}
