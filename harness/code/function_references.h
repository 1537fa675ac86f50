/* function_references.h: who refers to a function within its own file.
 *
 *     uint32_t count = ta_function_references("libgame.so", address, size);
 *
 * Reads the file. Allocates while it does; any thread. */
#ifndef TA_CODE_FUNCTION_REFERENCES_H
#define TA_CODE_FUNCTION_REFERENCES_H

#include <stdint.h>

/* References to an address in a file's code and tables, those in the function itself left out:
 * calls that go there straight, and pointers. 0 also when it cannot be read. */
uint32_t ta_function_references(const char *path, uint64_t address, uint64_t size);

#endif
