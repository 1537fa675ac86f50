/* message.h: a text put together piece by piece in a buffer of fixed size.
 *
 *     ta_status status = {.code = TA_BAD_INPUT};
 *     ta_message text = {status.text, sizeof status.text, 0};
 *     ta_message_add(&text, "%zu lines left out", count);
 *
 * What does not fit is cut off. Does not allocate; any thread. */
#ifndef TA_COMMON_MESSAGE_H
#define TA_COMMON_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

typedef struct ta_message {
    char *text;
    size_t size, used; /* bytes; `used` without the zero */
} ta_message;

__attribute__((format(printf, 2, 3))) static inline void ta_message_add(ta_message *message,
                                                                        const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = message->size - message->used;
    int wanted = vsnprintf(message->text + message->used, room, format, arguments);
    va_end(arguments);
    if (wanted > 0)
        message->used += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

#endif
