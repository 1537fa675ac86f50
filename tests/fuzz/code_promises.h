/* code_promises.h: all readers of a program's file, over one that may be wrong.
 *
 *     const char *broken = code_broken_promise(path);     the first promise that does not hold
 *
 * Allocates. */
#ifndef TA_TESTS_CODE_PROMISES_H
#define TA_TESTS_CODE_PROMISES_H

const char *code_broken_promise(const char *path);

/* The same for bytes, by a file without a name. */
const char *code_broken_promise_of(const void *bytes, unsigned long count);

#endif
