/* watched.h: functions of a library that a test watches from outside. Each allocates one block of
 * 24 bytes, and does what may go wrong when somebody stands between caller and function. */
#ifndef TA_TESTS_WATCHED_H
#define TA_TESTS_WATCHED_H

#include <immintrin.h>
#include <setjmp.h>

struct wide {
    long words[20];
};

extern "C" {
void block_of(unsigned long bytes); /* allocates and frees; not watched */

long take_all(int a, long b, long c, long d, long e, long f, double g, double h, double i, double j,
              double k, double l, double m, double n, double o, long p, wide q, int r, ...);
long double give_long_double(long double x);
wide give_wide(long first);
double _Complex give_complex(double real, double imaginary);
int keep_errno(void);
void throw_number(int number);
void jump_away(jmp_buf *where);
void call_back(void (*function)(void *), void *context);
int recurse(int depth);
__attribute__((target("avx"))) long add_vectors(__m256d a, __m256d b); /* in wide registers */
}

#endif
