/* The library of watched.h. */
#include "watched.h"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <immintrin.h>

extern "C" void block_of(unsigned long bytes) {
    void *volatile block = malloc(bytes);
    free(block);
}

static void allocate() {
    block_of(24);
}

long take_all(int a, long b, long c, long d, long e, long f, double g, double h, double i, double j,
              double k, double l, double m, double n, double o, long p, wide q, int r, ...) {
    allocate();
    long sum = a + b + c + d + e + f + p + r;
    sum += (long)(g + h + i + j + k + l + m + n + o);
    for (long word : q.words)
        sum += word;
    q.words[3] = 77; /* its own copy, and nobody else's */
    va_list more;
    va_start(more, r);
    for (int at = 0; at < r; at++)
        sum += at % 2 ? (long)va_arg(more, double) : va_arg(more, long);
    va_end(more);
    return sum;
}

long double give_long_double(long double x) {
    allocate();
    return x / 3;
}

wide give_wide(long first) {
    allocate();
    wide result;
    for (long &word : result.words)
        word = first++;
    return result;
}

double _Complex give_complex(double real, double imaginary) {
    allocate();
    double _Complex z;
    __real__ z = real;
    __imag__ z = imaginary;
    return z;
}

int keep_errno() {
    allocate();
    int before = errno;
    errno = 41;
    return before;
}

void throw_number(int number) {
    allocate();
    throw number;
}

void jump_away(jmp_buf *where) {
    allocate();
    longjmp(*where, 5);
}

void call_back(void (*function)(void *), void *context) {
    allocate();
    function(context);
}

int recurse(int depth) {
    extern int (*volatile recurse_again)(int);
    allocate();
    return depth == 0 ? 0 : 1 + recurse_again(depth - 1);
}
int (*volatile recurse_again)(int) = recurse;

__attribute__((target("avx"), noinline)) static long sum_of(__m256d a, __m256d b) {
    double sums[4];
    _mm256_storeu_pd(sums, _mm256_add_pd(a, b));
    return (long)(sums[0] + sums[1] + sums[2] + sums[3]);
}

__attribute__((target("avx"))) long add_vectors(__m256d a, __m256d b) {
    allocate();
    return sum_of(a, b);
}
