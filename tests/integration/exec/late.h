/* late.h: late_lib.c's, and what a plugin registers itself by. */
#ifndef TA_TESTS_LATE_H
#define TA_TESTS_LATE_H

typedef struct late_table {
    void (*step)(int n);
} late_table;

extern const late_table the_table;
void late_step(int n);
extern void (*late_registered)(int n);

#endif
