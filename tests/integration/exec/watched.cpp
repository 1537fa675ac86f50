/* Calls the functions of watched.h in every way that a watcher could spoil: `watched PLUGIN`. Ends
 * with 0 when each did what it does when nobody watches. Prints how many blocks the watched
 * functions allocated, and allocates others around them, which are nobody's business. */
#include "watched.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

static int calls; /* of watched functions, each of which allocates once; the main thread's */

static void expect(bool good, const char *what) {
    block_of(100);
    if (good)
        return;
    fprintf(stderr, "watched: %s went wrong\n", what);
    _exit(9);
}

__attribute__((target("avx"))) static bool adds_vectors() {
    const double four[4] = {1, 20, 300, 4000};
    __m256d vector = _mm256_loadu_pd(four);
    return add_vectors(vector, vector) == 2 * 4321;
}

static void values() {
    wide w{};
    w.words[0] = 1000;
    w.words[19] = 2000;
    long sum = take_all(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, w, 4, 10L, 20.0, 30L, 40.0);
    expect(sum == 28 + 45 + 3000 + 4 + 100, "taking all kinds of arguments");
    expect(w.words[3] == 0, "a copy of a struct");
    expect(give_long_double(10.5L) == 3.5L, "a long double");
    wide got = give_wide(7);
    expect(got.words[0] == 7 && got.words[19] == 26, "a struct in memory");
    double _Complex z = give_complex(1.5, -2.5);
    expect(__real__ z == 1.5 && __imag__ z == -2.5, "a result in two registers");
    errno = 17;
    int before = keep_errno();
    expect(before == 17, "errno on the way in");
    errno = 17;
    keep_errno();
    int after = errno;
    expect(after == 41, "errno on the way out");
    calls += 6;
    if (__builtin_cpu_supports("avx")) {
        expect(adds_vectors(), "wide vectors");
        calls++;
    }
}

static void exceptions() {
    int sum = 0;
    for (int i = 0; i < 10; i++) {
        try {
            throw_number(i);
        } catch (int number) {
            sum += number;
        }
        block_of(100);
    }
    expect(sum == 45, "exceptions");
    calls += 10;
    try { /* through two of them */
        call_back([](void *) { throw_number(3); }, nullptr);
    } catch (int number) {
        expect(number == 3, "an exception through two calls");
    }
    calls += 2;
    auto catches = [](void *) {
        try {
            throw_number(4);
        } catch (int) {
            block_of(24);
        }
    };
    call_back(catches, nullptr); /* out of the inner one alone: the outer one stays open */
    calls += 3;
    block_of(100);
}

static void jumps() {
    static jmp_buf where;
    static volatile int count;
    count = 0;
    if (setjmp(where) == 5)
        count++;
    block_of(100);
    if (count < 10)
        jump_away(&where);
    calls += 10;
    if (setjmp(where) == 0) { /* over two of them */
        calls += 2;
        call_back([](void *) { jump_away(&where); }, nullptr);
    }
    block_of(100);
}

static void *in_thread(void *) {
    for (int i = 0; i < 100; i++) {
        keep_errno();
        block_of(100);
    }
    return nullptr;
}

static void *exits_within(void *) {
    call_back([](void *) { pthread_exit(nullptr); }, nullptr);
    return nullptr;
}

static void *cancelled_within(void *) {
    call_back([](void *) { pause(); }, nullptr);
    return nullptr;
}

static void threads() {
    pthread_t thread[4];
    for (pthread_t &t : thread)
        pthread_create(&t, nullptr, in_thread, nullptr);
    for (pthread_t &t : thread)
        pthread_join(t, nullptr);
    calls += 400;
    pthread_create(&thread[0], nullptr, exits_within, nullptr);
    pthread_join(thread[0], nullptr);
    pthread_create(&thread[1], nullptr, cancelled_within, nullptr);
    usleep(20000);
    pthread_cancel(thread[1]);
    pthread_join(thread[1], nullptr);
    calls += 2;
    block_of(100);
}

static void plugin(const char *path) {
    void *loaded = dlopen(path, RTLD_LAZY);
    expect(loaded, dlerror());
    void (*call)();
    void *address = dlsym(loaded, "call_from_plugin");
    memcpy(&call, &address, sizeof address);
    call();
    calls += 5;
    int (*by_name)();
    address = dlsym(RTLD_DEFAULT, "keep_errno");
    memcpy(&by_name, &address, sizeof address);
    by_name();
    calls++;
    expect(dlclose(loaded) == 0, "dlclose");
}

int main(int argc, char **argv) {
    block_of(100);
    values();
    exceptions();
    jumps();
    expect(recurse(200) == 200, "recursion");
    calls += 201;
    threads();
    if (argc > 1)
        plugin(argv[1]);
    block_of(100);
    printf("%d\n", calls);
    return 0;
}
