/* event_queue.h: the size that the ring of events and the pool of payloads agree on.
 *
 * Internal. */
#ifndef SIM_EVENT_QUEUE_H
#define SIM_EVENT_QUEUE_H

enum {
    SIM_EVENT_QUEUE_MAX = 8192,                /* a power of two; a full ring is drained at once */
    SIM_PAYLOADS_MAX = SIM_EVENT_QUEUE_MAX + 8 /* one for each waiting event, and those in hand */
};

#endif
