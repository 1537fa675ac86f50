// An allocator of the program's own, with what such have: members that call others, operators that
// do not call malloc and operators that do, a free that does nothing. It prints "fine".
#include <cstddef>
#include <cstdio>
#include <new>

#include "tickaudit/tickaudit.h"

namespace {

constexpr std::size_t room = std::size_t{4} << 20;
alignas(4096) char heap[room];
std::size_t used;

void *cut(std::size_t alignment, std::size_t size) {
    std::size_t at = (used + alignment - 1) / alignment * alignment;
    if (at + size > room)
        return nullptr;
    used = at + size;
    return heap + at;
}

} // namespace

#ifdef INLINED
#define APART
#else
#define APART __attribute__((noinline))
#endif

extern "C" {

APART void *malloc(std::size_t size) noexcept {
    return cut(16, size);
}

APART void free(void *) noexcept {
    __asm__ volatile(""); // or calls of it would be left out
}

APART void *calloc(std::size_t count, std::size_t size) noexcept {
    return malloc(count * size);
}

APART void *realloc(void *block, std::size_t size) noexcept {
    void *moved = malloc(size);
    for (std::size_t i = 0; block && moved && i < size; i++) // from below, so that it lies before
        static_cast<char *>(moved)[i] = static_cast<char *>(block)[i];
    free(block);
    return moved;
}

APART void *memalign(std::size_t alignment, std::size_t size) noexcept {
    return cut(alignment, size);
}

APART void *aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return memalign(alignment, size);
}

APART int posix_memalign(void **block, std::size_t alignment, std::size_t size) noexcept {
    *block = memalign(alignment, size);
    return *block ? 0 : 12;
}

} // extern "C"

APART void *operator new(std::size_t size) { // NOLINT(misc-new-delete-overloads)
    return cut(16, size);
}

APART void *operator new[](std::size_t size) {
    return operator new(size);
}

APART void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
    return malloc(size);
}

APART void operator delete(void *) noexcept {
    __asm__ volatile("");
}

APART void operator delete[](void *block) noexcept {
    operator delete(block);
}

APART void operator delete(void *block, std::size_t) noexcept {
    free(block);
}

int main() {
    void *blocks[40], *aligned = nullptr;
    int n = 0;
    TA_HOT_PATH("work") { // 10 + 5 + 3 + 4 + 2 + 7 + 6 + 2 allocations; 3 + 4 + 7 + 6 + 2 frees
        for (int i = 0; i < 10; i++)
            blocks[n++] = malloc(100);
        for (int i = 0; i < 5; i++)
            blocks[n++] = calloc(10, 10);
        for (int i = 0; i < 3; i++)
            blocks[i] = realloc(blocks[i], 200);
        for (int i = 0; i < 4; i++)
            ta_sink(posix_memalign(&aligned, 64, 100) ? nullptr : aligned);
        for (int i = 0; i < 2; i++)
            ta_sink(aligned_alloc(64, 128));
        for (int i = 0; i < 4; i++)
            free(blocks[i]);
        for (int i = 0; i < 7; i++) {
            void *block = operator new(50);
            ta_sink(block);
            operator delete(block);
        }
        for (int i = 0; i < 6; i++) {
            void *block = operator new[](50);
            ta_sink(block);
            operator delete[](block);
        }
        void *block = operator new(50, std::nothrow);
        ta_sink(block);
        operator delete (block, std::size_t{50});
        operator delete (malloc(1), std::size_t{1});
    }
    return std::puts("fine") < 0;
}
