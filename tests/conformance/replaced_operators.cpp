/* A program that replaces the plain operators alone gets all calls of the other forms, since the
 * library's forms call them; its aligned forms stay the library's. */
#include <cstdlib>
#include <new>

static int made, gone;

void *operator new(std::size_t size) {
    made++;
    void *block = std::malloc(size);
    if (!block)
        throw std::bad_alloc();
    return block;
}

void operator delete(void *block) noexcept {
    gone++;
    std::free(block);
}

void operator delete(void *block, std::size_t) noexcept {
    ::operator delete(block);
}

int main() {
    ::operator delete(::operator new(10));
    ::operator delete[](::operator new[](10));
    ::operator delete[](::operator new[](10), std::size_t{10});
    ::operator delete(::operator new(10, std::nothrow), std::nothrow);
    ::operator delete[](::operator new[](10, std::nothrow), std::nothrow);
    if (made != 5 || gone != 5)
        return 1;
    ::operator delete (::operator new (10, std::align_val_t{64}), std::align_val_t{64});
    return made == 5 && gone == 5 ? 0 : 2;
}
