/* When there is no memory: the new-handler is asked until it gives up, then bad_alloc is thrown;
 * the nothrow forms return null; and memory that the handler found is handed out. */
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/resource.h>

static int asked;
static void *reserve;
/* Half of the large size is more than mimalloc 3 reserves beforehand (1 GiB). */
static const std::size_t HUGE_SIZE = PTRDIFF_MAX - 100, LARGE_SIZE = std::size_t{3} << 30;

static void give_up() {
    if (++asked == 3)
        std::set_new_handler(nullptr);
}

static void release_reserve() {
    asked++;
    std::free(reserve);
    std::set_new_handler(nullptr);
}

template <typename Allocate> static bool throws(Allocate allocate) {
    asked = 0;
    std::set_new_handler(give_up);
    try {
        allocate();
    } catch (const std::bad_alloc &) {
        return asked == 3;
    }
    return false;
}

int main() {
    const std::align_val_t wide{64};
    volatile std::size_t size = HUGE_SIZE;
    if (!throws([&] { return ::operator new(size); }))
        return 1;
    if (!throws([&] { return ::operator new[](size); }))
        return 2;
    if (!throws([&] { return ::operator new(size, wide); }))
        return 3;
    if (!throws([&] { return ::operator new[](size, wide); }))
        return 4;
    if (::operator new(size, std::nothrow) || ::operator new[](size, std::nothrow) ||
        ::operator new(size, wide, std::nothrow) || ::operator new[](size, wide, std::nothrow))
        return 5;
    reserve = std::malloc(LARGE_SIZE);
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_AS, &limit);
    std::set_new_handler(release_reserve);
    asked = 0;
    void *volatile found = nullptr;
    try {
        found = ::operator new(LARGE_SIZE / 2);
    } catch (const std::bad_alloc &) { /* an allocator may keep what was freed mapped */
    }
    /* mimalloc 3 has a gigabyte of addresses from its first block on: the handler is not asked. */
    bool had_it = asked == 0 && found;
    ::operator delete(found);
    return asked == 1 || had_it ? 0 : 6;
}
