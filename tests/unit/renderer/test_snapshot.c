/* test_snapshot.c: pictures, read back with libpng. */
#define _POSIX_C_SOURCE 200809L

#include "crowd.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 256, ERROR_BYTES = 512 };

static char folder[PATH_BYTES];
static char error[ERROR_BYTES];

static void make_folder(void) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/renderer-XXXXXX", base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
}

static const char *in_folder(const char *name) {
    static char path[PATH_BYTES + 512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* How many entries the folder has; with `clean`, removes them and the folder. */
static int entries(bool clean) {
    int count = 0;
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        ++count;
        if (clean && unlink(in_folder(e->d_name)) != 0)
            rmdir(in_folder(e->d_name));
    }
    closedir(dir);
    if (clean)
        rmdir(folder);
    return count;
}

static void drop_folder(void) {
    entries(true);
}

typedef struct picture {
    png_image image;
    uint8_t *pixels;
} picture;

/* The pixels are the caller's to free. */
static picture read_back(const char *path) {
    picture p = {.image = {.version = PNG_IMAGE_VERSION}};
    cr_assert(png_image_begin_read_from_file(&p.image, path), "%s", p.image.message);
    p.image.format = PNG_FORMAT_RGB;
    p.pixels = malloc(PNG_IMAGE_SIZE(p.image));
    cr_assert_not_null(p.pixels);
    cr_assert(png_image_finish_read(&p.image, NULL, p.pixels, 0, NULL), "%s", p.image.message);
    return p;
}

static const uint8_t *pixel(const picture *p, uint32_t x, uint32_t y) {
    return p->pixels + ((size_t)y * p->image.width + x) * 3;
}

static int brightness(const uint8_t *rgb) {
    return rgb[0] + rgb[1] + rgb[2];
}

static const renderer_view view = {1000, -200, 200, 100};

/* A renderer whose last frame shows these instances of a square quad. */
static renderer *drawn(float quad, const renderer_instance *instances, uint32_t count) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_multimesh mm =
        renderer_multimesh_create(r, renderer_quad_create(r, quad, quad), count, 0);
    renderer_frame_begin(r, view);
    memcpy(renderer_multimesh_map(r, mm, count), instances, count * sizeof *instances);
    renderer_multimesh_draw(r, mm);
    renderer_frame_end(r, NULL);
    return r;
}

static renderer_instance coloured(float x, float y, float red, float green, float blue) {
    return (renderer_instance){
        .x_axis = {1, 0}, .y_axis = {0, 1}, .origin = {x, y}, .rgba = {red, green, blue, 1}};
}

static picture shoot(renderer *r, uint32_t width, uint32_t height) {
    bool done = renderer_snapshot(r, in_folder("shot.png"), width, height, error, sizeof error);
    cr_assert(done, "%s", error);
    cr_assert_eq(entries(false), 1, "only the picture itself is left");
    return read_back(in_folder("shot.png"));
}

TestSuite(renderer_snapshot, .init = make_folder, .fini = drop_folder);

Test(renderer_snapshot, is_a_png_of_the_size_asked_for) {
    const uint32_t sizes[][2] = {{400, 200}, {1, 1}, {33, 7}, {640, 480}};
    renderer_instance one = coloured(1100, -150, 1, 0, 0);
    renderer *r = drawn(32, &one, 1);
    for (int i = 0; i < 4; ++i) {
        picture p = shoot(r, sizes[i][0], sizes[i][1]);
        cr_assert_eq(p.image.width, sizes[i][0]);
        cr_assert_eq(p.image.height, sizes[i][1]);
        free(p.pixels);
    }
    renderer_destroy(r);
}

Test(renderer_snapshot, has_each_colour_where_its_instance_is_and_floor_elsewhere) {
    const renderer_instance three[] = {coloured(1020, -180, 1, 0, 0), coloured(1100, -150, 0, 1, 0),
                                       coloured(1180, -120, 0, 0, 1)};
    renderer *r = drawn(32, three, 3);
    picture p = shoot(r, 400, 200); /* two pixels to the px */
    for (uint32_t i = 0; i < 3; ++i) {
        /* Left of the centre, where no figure has a face. */
        const uint8_t *at = pixel(&p, 40 + i * 160 - 12, 40 + i * 60);
        for (uint32_t channel = 0; channel < 3; ++channel)
            if (channel != i)
                cr_assert_gt(at[i], at[channel] + 80, "instance %u: %d %d %d", i, at[0], at[1],
                             at[2]);
    }
    cr_assert_lt(brightness(pixel(&p, 200, 30)), 150, "the floor is dark");
    cr_assert_lt(brightness(pixel(&p, 40, 170)), 150);
    free(p.pixels);
    renderer_destroy(r);
}

Test(renderer_snapshot, shows_which_way_a_figure_faces) {
    renderer_instance pair[] = {coloured(1050, -150, 0.2f, 0.7f, 0.3f),
                                coloured(1150, -150, 0.2f, 0.7f, 0.3f)};
    pair[1].x_axis[0] = -1;
    renderer *r = drawn(32, pair, 2);
    picture p = shoot(r, 800, 400); /* radius 64 pixels */
    /* The white of the eye, beside its pupil: above the middle, towards the x axis. */
    const uint8_t *right_eye = pixel(&p, 200 + 14, 200 - 13);
    const uint8_t *left_eye = pixel(&p, 600 - 14, 200 - 13);
    cr_assert_gt(brightness(right_eye), 700);
    cr_assert_gt(brightness(left_eye), 700);
    cr_assert_lt(brightness(pixel(&p, 600 + 22, 200 - 13)), 600);
    free(p.pixels);
    renderer_destroy(r);
}

Test(renderer_snapshot, higher_layers_cover_lower_ones) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_quad quad = renderer_quad_create(r, 32, 32);
    renderer_multimesh top = renderer_multimesh_create(r, quad, 1, 9);
    renderer_multimesh below = renderer_multimesh_create(r, quad, 1, 2);
    renderer_frame_begin(r, view);
    *renderer_multimesh_map(r, top, 1) = coloured(1100, -150, 1, 0, 0);
    *renderer_multimesh_map(r, below, 1) = coloured(1100, -150, 0, 0, 1);
    renderer_multimesh_draw(r, top);
    renderer_multimesh_draw(r, below);
    renderer_frame_end(r, NULL);
    picture p = shoot(r, 400, 200);
    const uint8_t *at = pixel(&p, 188, 100);
    cr_assert_gt(at[0], at[2] + 80);
    free(p.pixels);
    renderer_destroy(r);
}

Test(renderer_snapshot, alpha_lets_the_floor_through) {
    renderer_instance faint = coloured(1100, -150, 1, 0, 0), gone = faint;
    faint.rgba[3] = 0.3f;
    gone.rgba[3] = 0;
    int red[2];
    const renderer_instance *shown[] = {&faint, &gone};
    for (int i = 0; i < 2; ++i) {
        renderer *r = drawn(32, shown[i], 1);
        picture p = shoot(r, 400, 200);
        red[i] = pixel(&p, 188, 100)[0];
        free(p.pixels);
        renderer_destroy(r);
    }
    cr_assert_lt(red[1], 60);
    cr_assert(red[0] > red[1] + 30 && red[0] < 160, "%d", red[0]);
}

Test(renderer_snapshot, a_bar_turns_with_its_axes) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_multimesh mm = renderer_multimesh_create(r, renderer_quad_create(r, 40, 6), 1, 0);
    renderer_frame_begin(r, view);
    renderer_instance bar = coloured(1100, -150, 1, 1, 0);
    const float slant = 0.70710678f; /* an eighth of a turn: from upper left to lower right */
    bar.x_axis[0] = slant, bar.x_axis[1] = slant;
    bar.y_axis[0] = -slant, bar.y_axis[1] = slant;
    *renderer_multimesh_map(r, mm, 1) = bar;
    renderer_multimesh_draw(r, mm);
    renderer_frame_end(r, NULL);
    picture p = shoot(r, 400, 200);
    for (int far = -22; far <= 22; far += 44) {
        uint32_t x = (uint32_t)(200 + far);
        cr_assert_gt(pixel(&p, x, (uint32_t)(100 + far))[0], 150, "the bar lies here");
        cr_assert_lt(pixel(&p, x, (uint32_t)(100 - far))[0], 80, "and not across");
    }
    cr_assert_gt(pixel(&p, 222, 122)[0], pixel(&p, 178, 78)[0] + 30, "darker towards its tail");
    free(p.pixels);
    renderer_destroy(r);
}

Test(renderer_snapshot, what_hangs_over_an_edge_shows_its_rest) {
    const renderer_instance corners[] = {
        coloured(1000, -200, 1, 0, 0), coloured(1200, -200, 1, 0, 0), coloured(1000, -100, 1, 0, 0),
        coloured(1200, -100, 1, 0, 0)};
    renderer *r = drawn(32, corners, 4);
    picture p = shoot(r, 400, 200);
    const uint32_t at[][2] = {{2, 22}, {398, 22}, {2, 178}, {398, 178}};
    for (int i = 0; i < 4; ++i)
        cr_assert_gt(pixel(&p, at[i][0], at[i][1])[0], 100, "corner %d", i);
    free(p.pixels);
    renderer_destroy(r);
}

Test(renderer_snapshot, monstrous_instances_do_no_harm) {
    renderer_instance odd[] = {coloured(1100, -150, 1e30f, -5, 0), coloured(1100, -150, 1, 1, 1),
                               coloured(1100, -150, 1, 1, 1), coloured(1100, -150, 1, 1, 1)};
    odd[1].x_axis[0] = 1e30f, odd[1].y_axis[1] = 1e30f;
    odd[2].x_axis[0] = 0, odd[2].y_axis[1] = 0;
    odd[3].rgba[3] = (float)strtod("nan", NULL);
    for (int i = 0; i < 4; ++i) {
        renderer *r = drawn(56, &odd[i], 1);
        free(shoot(r, 64, 32).pixels);
        renderer_destroy(r);
    }
}

Test(renderer_snapshot, of_a_crowd_shows_hundreds_of_figures) {
    crowd c = crowd_create((uint32_t[]){0, 1, 2, 3, 4, 5});
    crowd_draw(&c);
    picture p = shoot(c.r, 1280, 720);
    long coloured_pixels = 0;
    for (uint32_t y = 0; y < 720; ++y)
        for (uint32_t x = 0; x < 1280; ++x)
            coloured_pixels += brightness(pixel(&p, x, y)) > 220;
    cr_assert(coloured_pixels > 60000 && coloured_pixels < 500000, "%ld", coloured_pixels);
    cr_assert_gt(brightness(pixel(&p, 632, 356)), 500, "the player stands at (400, 300)");
    free(p.pixels);
    crowd_destroy(&c);
}

static void refuses(renderer *r, const char *path, uint32_t width, uint32_t height,
                    const char *words) {
    memset(error, 0, sizeof error);
    cr_assert_not(renderer_snapshot(r, path, width, height, error, sizeof error));
    cr_assert_not_null(strstr(error, words), "\"%s\" does not say \"%s\"", error, words);
}

Test(renderer_snapshot, bad_requests_are_refused_with_words) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    refuses(r, in_folder("shot.png"), 8, 8, "no frame has been drawn yet");
    renderer_frame_begin(r, view);
    refuses(r, in_folder("shot.png"), 8, 8, "a frame is open");
    renderer_frame_end(r, NULL);
    refuses(r, in_folder("shot.png"), 0, 8, "1 to 16384");
    refuses(r, in_folder("shot.png"), 8, RENDERER_SNAPSHOT_SIDE_MAX + 1, "1 to 16384");
    refuses(r, "", 8, 8, "path is empty");
    refuses(NULL, in_folder("shot.png"), 8, 8, "no renderer");
    cr_assert_not(renderer_snapshot(r, "", 8, 8, NULL, 0), "no room for words is no crash");
    cr_assert_eq(entries(false), 0);
    renderer_destroy(r);
}

Test(renderer_snapshot, an_unwritable_path_says_why_and_leaves_nothing) {
    renderer_instance one = coloured(1100, -150, 1, 0, 0);
    renderer *r = drawn(32, &one, 1);
    refuses(r, in_folder("missing/shot.png"), 8, 8, strerror(ENOENT));
    cr_assert_not_null(strstr(error, in_folder("missing/shot.png")), "%s", error);
    cr_assert_eq(mkdir(in_folder("taken"), 0777), 0);
    refuses(r, in_folder("taken"), 8, 8, "not a plain file");
    refuses(r, "/dev/null", 8, 8, "not a plain file");
    char name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    refuses(r, in_folder(name), 8, 8, strerror(ENAMETOOLONG));
    cr_assert_eq(entries(false), 1, "the folder \"taken\" alone");
    renderer_destroy(r);
}

/* A file size limit stands for the full disk. */
Test(renderer_snapshot, a_disk_that_fills_up_keeps_the_old_picture) {
    crowd c = crowd_create((uint32_t[]){0, 1, 2, 3, 4, 5});
    crowd_draw(&c);
    free(shoot(c.r, 16, 16).pixels);
    signal(SIGXFSZ, SIG_IGN); /* or the limit would kill instead of failing the write */
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 20000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    refuses(c.r, in_folder("shot.png"), 1280, 720, strerror(EFBIG));
    limit.rlim_cur = before;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(entries(false), 1);
    picture p = read_back(in_folder("shot.png"));
    cr_assert_eq(p.image.width, 16);
    free(p.pixels);
    crowd_destroy(&c);
}

Test(renderer_snapshot, takes_nothing_from_a_destroyed_multimesh) {
    renderer *r = renderer_create(&(renderer_config){.view = view});
    renderer_quad quad = renderer_quad_create(r, 32, 32);
    renderer_multimesh mm = renderer_multimesh_create(r, quad, 1, 0);
    renderer_frame_begin(r, view);
    *renderer_multimesh_map(r, mm, 1) = coloured(1100, -150, 1, 0, 0);
    renderer_multimesh_draw(r, mm);
    renderer_frame_end(r, NULL);
    renderer_multimesh_destroy(r, mm);
    renderer_multimesh_create(r, quad, 1, 0);
    picture p = shoot(r, 400, 200);
    cr_assert_lt(brightness(pixel(&p, 188, 100)), 150);
    free(p.pixels);
    renderer_destroy(r);
}
