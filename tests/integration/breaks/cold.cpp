// Ordinary C++ that GCC splits at -O2: each function that throws has a part apart, NAME.cold, whose
// demangled name is the function's own. `cold` prints how often app::step() was called.
#include <cstdio>
#include <stdexcept>
#include <string>

namespace app {

volatile int refuse_at = 7;
static int calls;

class world {
  public:
    __attribute__((noinline)) int step(int number);
    __attribute__((noinline)) int update(const std::string &name, int number);
};

__attribute__((noinline)) int step(int number) {
    calls++;
    if (number % 10 == refuse_at)
        throw std::runtime_error("step refused " + std::to_string(number));
    std::string text(40, 'x');
    if (text.size() + static_cast<unsigned>(number) == 7)
        throw std::logic_error(text);
    return number + static_cast<int>(text.size());
}

int world::step(int number) {
    return app::step(number) + 1;
}

int world::update(const std::string &name, int number) {
    std::string copy = name + std::to_string(number);
    try {
        return step(number) + static_cast<int>(copy.size());
    } catch (const std::runtime_error &error) {
        copy += error.what();
        if (copy.empty())
            throw;
        return static_cast<int>(copy.size());
    }
}

} // namespace app

int main() {
    app::world world;
    long sum = 0;
    for (int i = 0; i < 100; i++)
        sum += world.update("a name that is longer than a short one", i);
    printf("%d\n", app::calls);
    return sum > 0 ? 0 : 1;
}
