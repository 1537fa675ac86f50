/* number.h: decimal numbers, read the same in every locale.
 *
 *     char *end;
 *     double value = ta_number_read("33.3 ms", &end);
 *
 * strtod under a German locale stops at the point of "33.3". Does not allocate; safe from any
 * thread. */
#ifndef TA_SCENARIO_NUMBER_H
#define TA_SCENARIO_NUMBER_H

/* As strtod in the C locale: infinite when too large; `end` may be NULL. */
double ta_number_read(const char *text, char **end);

#endif
