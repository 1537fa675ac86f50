// Calls every member of the malloc family and the operators, from three threads: `heaps`. Linked
// with another allocator, or over a preloaded one, it must notice nothing.
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace {

struct alignas(128) wide {
    char bytes[128];
};

void family() {
    void *a = malloc(100);
    a = realloc(a, 5000);
    a = reallocarray(a, 100, 100);
    void *b = calloc(10, 10), *c = nullptr;
    if (posix_memalign(&c, 256, 1000) != 0)
        abort();
    void *d = aligned_alloc(64, 640), *e = memalign(128, 12), *f = valloc(10);
    if (!a || !b || !d || !e || !f || malloc_usable_size(a) < 10000)
        abort();
    for (void *block : {a, b, c, d, e, f})
        free(block);
}

void operators() {
    std::vector<std::string> texts;
    for (int i = 0; i < 2000; i++)
        texts.push_back(std::string(i % 300 + 20, 'x'));
    delete new wide;
    delete[] new wide[3];
    delete new (std::nothrow) int;
    ::operator delete(::operator new(24));
}

void work() {
    family();
    operators();
}

} // namespace

int main() {
    work();
    std::thread one(work), two(work);
    one.join();
    two.join();
    puts("fine");
    return 0;
}
