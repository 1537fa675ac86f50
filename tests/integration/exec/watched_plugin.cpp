/* A plugin that is loaded later, and calls a function that is watched. */
#include "watched.h"

extern "C" void call_from_plugin(void) {
    for (int i = 0; i < 5; i++)
        keep_errno();
}
