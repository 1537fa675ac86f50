/* The same in C++. */
#include <tickaudit/tickaudit.hpp>

#include <cstdio>

int main() {
    unsigned long long allocs = ta::allocs([] {
        for (int i = 0; i < 5; i++) {
            int *block = new int(i);
            ta_sink(block);
            delete block;
        }
    });
    std::printf("%llu allocations\n", allocs);
    return allocs == 5 ? 0 : 1;
}
