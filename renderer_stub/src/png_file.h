/* png_file.h: a canvas as a PNG file, whole or not at all.
 *
 *     char error[256];
 *     if (!png_file_write("arena.png", &picture, error, sizeof error)) puts(error);
 *
 * Allocates within libpng and stdio, and frees it. */
#ifndef RENDERER_PNG_FILE_H
#define RENDERER_PNG_FILE_H

#include <stddef.h>

#include "canvas.h"

/* Writes beside `path` and renames. False after writing what, where and why to `error`; `path` is
 * then as it was, and nothing lies beside it. A `path` that is there and no plain file (a folder, a
 * device) is refused, since a rename would replace it. */
bool png_file_write(const char *path, const canvas *picture, char *error, size_t error_size);

#endif
