/* Ordinary C++ in a hot path, 100 ticks of it. With PLANTED two allocations more in tick 43; with
 * OUTLINED the same code, further down in its file, and not inlined. */
#include "tickaudit/tickaudit.h"

#include <map>
#include <string>
#include <vector>

#ifdef OUTLINED
#define INLINING __attribute__((noinline))
#line 1000
#else
#define INLINING inline __attribute__((always_inline))
#endif

namespace game {
struct World {
    std::vector<int> order;
    std::map<int, std::string> names;
    INLINING void add(int i) {
        order.push_back(i);
        names[i % 17] = std::string(30, static_cast<char>('a' + i % 20));
    }
    INLINING void extra(int i) {
        if (i == 1042)
            order.clear();
#ifdef PLANTED
        if (i == 42)
            names[1000] = std::string(50, 'q'); /* planted */
#endif
    }
};

namespace {
INLINING std::size_t note(int i) {
    std::string text(static_cast<std::size_t>(40 + i % 2), 'n');
    ta_sink(text.data());
    return text.size();
}
} // namespace
} // namespace game

int main() {
    game::World world;
    std::size_t written = 0;
    for (int i = 0; i < 100; i++) {
        TA_TICK() {
            TA_HOT_PATH("update") {
                world.add(i);
                world.extra(i);
                written += i % 2 ? game::note(i) : 0;
            }
        }
    }
    return written > 100 ? 0 : 1;
}
