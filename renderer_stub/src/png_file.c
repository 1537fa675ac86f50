/* png_file.c: beside its place first, then renamed: a reader never sees half a picture. */
#define _POSIX_C_SOURCE 200809L

#include "png_file.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ATTEMPTS = 64, SUFFIX_BYTES = 48 };

/* Not path + suffix: that could be longer than a name may be. Returns a block to be freed. */
static char *temporary_name(const char *path, unsigned attempt) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *name = malloc(folder + SUFFIX_BYTES);
    if (!name)
        return NULL;
    memcpy(name, path, folder);
    snprintf(name + folder, SUFFIX_BYTES, ".snapshot-%ld-%u.tmp", (long)getpid(), attempt);
    return name;
}

/* A new file of that folder, and its name, which is to be freed; NULL with errno set. */
static FILE *temporary_open(const char *path, char **name) {
    for (unsigned attempt = 0; attempt < NAME_ATTEMPTS; ++attempt) {
        *name = temporary_name(path, attempt);
        if (!*name)
            return NULL;
        int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
        if (file)
            return file;
        int reason = errno;
        if (fd >= 0) {
            close(fd);
            unlink(*name);
        }
        free(*name);
        *name = NULL;
        errno = reason;
        if (reason != EEXIST)
            return NULL;
    }
    return NULL;
}

/* Into an open file, which is closed in any case. */
static bool write_picture(FILE *file, const char *path, const canvas *picture, char *error,
                          size_t error_size) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = picture->width,
                       .height = picture->height,
                       .format = PNG_FORMAT_RGB};
    errno = 0;
    bool written = png_image_write_to_stdio(&image, file, 0, picture->pixels, 0, NULL) != 0;
    int reason = errno;
    if (!written)
        snprintf(error, error_size, "%s: cannot write the picture: %s", path,
                 reason ? strerror(reason) : image.message);
    png_image_free(&image);
    /* A full disk may only show here. */
    if (fclose(file) != 0 && written) {
        snprintf(error, error_size, "%s: cannot write the picture: %s", path, strerror(errno));
        return false;
    }
    return written;
}

bool png_file_write(const char *path, const canvas *picture, char *error, size_t error_size) {
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        snprintf(error, error_size, "%s: cannot write the picture: it is not a plain file", path);
        return false;
    }
    char *temporary = NULL;
    FILE *file = temporary_open(path, &temporary);
    if (!file) {
        snprintf(error, error_size, "%s: cannot create the picture in its folder: %s", path,
                 strerror(errno));
        return false;
    }
    bool done = write_picture(file, path, picture, error, error_size);
    if (done && rename(temporary, path) != 0) {
        snprintf(error, error_size, "%s: cannot put the picture in place: %s", path,
                 strerror(errno));
        done = false;
    }
    if (!done)
        unlink(temporary);
    free(temporary);
    return done;
}
