/* Every form of operator new and delete. */
#include <cstddef>
#include <new>

int main() {
    const std::size_t size = 40;
    const std::align_val_t wide{64};
    ::operator delete(::operator new(size));
    ::operator delete(::operator new(size), size);
    ::operator delete[](::operator new[](size));
    ::operator delete[](::operator new[](size), size);
    ::operator delete(::operator new(size, std::nothrow), std::nothrow);
    ::operator delete[](::operator new[](size, std::nothrow), std::nothrow);
    ::operator delete(::operator new(size, wide), wide);
    ::operator delete(::operator new(size, wide), size, wide);
    ::operator delete[](::operator new[](size, wide), wide);
    ::operator delete[](::operator new[](size, wide), size, wide);
    ::operator delete(::operator new(size, wide, std::nothrow), wide, std::nothrow);
    ::operator delete[](::operator new[](size, wide, std::nothrow), wide, std::nothrow);
    ::operator delete(nullptr);
    return 0;
}
