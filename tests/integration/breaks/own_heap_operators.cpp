// A C++ program with a malloc of its own, whose operators are libstdc++'s: `own_heap_operators`
// prints "fine".
#include "own_heap.h"

#include <cstdio>
#include <string>
#include <vector>

int main() {
    std::vector<std::string> texts;
    for (int i = 0; i < 100; i++)
        texts.push_back(std::string(100, 'x'));
    delete[] new int[5];
    free(::operator new(24)); // as libstdc++ makes it, by malloc
    return puts("fine") < 0;
}
