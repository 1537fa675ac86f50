// Two news: a failure of either is a std::bad_alloc, which the program turns into code 9.
#include <new>

int main() {
    try {
        int *volatile one = new int(1);
        int *volatile many = new int[100];
        delete one;
        delete[] many;
    } catch (const std::bad_alloc &) {
        return 9;
    }
    return 0;
}
