/* Apart, since it is compiled for a fixed address: the header's weak names would be zero in it from
 * the start. */
#include <stdlib.h>

typedef void *(*take_function)(size_t size);
typedef void (*give_function)(void *block);

take_function address_of_malloc(void);
give_function address_of_free(void);

take_function address_of_malloc(void) {
    return malloc;
}

give_function address_of_free(void) {
    return free;
}
