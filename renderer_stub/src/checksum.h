/* checksum.h: the checksum of a frame, FNV-1a 64 on words instead of bytes.
 *
 *     step(h, word)  = rotl64(h ^ word, 29) * 0x100000001b3
 *     lane[i], i < 5 = step() over the i-th 64-bit word of every drawn instance of one multimesh,
 *                      in order, from 0xcbf29ce484222325 + i
 *     frame          = step() over, for each multimesh with a drawn instance, in drawing order:
 *                      quad width | height << 32 (as float bits), drawn count, lane[0] ... lane[4];
 *                      from 0xcbf29ce484222325; at the end h ^= h >> 32.
 *
 * Words are in the machine's order, little-endian everywhere we run. Five lanes, since one chain of
 * multiplications would wait five cycles for each word; here it is five cycles for an instance. The
 * rotation is not in FNV: without it a float's sign, the top bit of a word, would only ever reach
 * the top bit of the sum, and two flipped signs would cancel. Each step can be undone, so one
 * changed float always changes its lane. Nothing allocates. */
#ifndef RENDERER_CHECKSUM_H
#define RENDERER_CHECKSUM_H

#include <stdint.h>

#define CHECKSUM_BASIS UINT64_C(0xcbf29ce484222325)
#define CHECKSUM_PRIME UINT64_C(0x100000001b3)

static inline uint64_t checksum_step(uint64_t h, uint64_t word) {
    h ^= word;
    return ((h << 29) | (h >> 35)) * CHECKSUM_PRIME;
}

static inline uint64_t checksum_finish(uint64_t h) {
    return h ^ (h >> 32);
}

#endif
