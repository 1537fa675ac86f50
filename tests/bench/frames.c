/* The library's half of the frames: see frames.h. */
#include "frames.h"

unsigned frames_there(unsigned left, unsigned path, frames_step next) {
    FRAMES_BRANCH(path, next(left - 1, path >> 1), next(left - 1, path >> 1));
}
