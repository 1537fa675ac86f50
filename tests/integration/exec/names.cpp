/* Names as a linker has them: a member of a template in a namespace. */
#include <vector>

namespace game {
template <typename T> struct World {
    std::vector<T> things;
    __attribute__((noinline)) void spawn(T thing) {
        things.push_back(thing);
    }
};
} // namespace game

int main() {
    game::World<int> world;
    for (int i = 0; i < 100; i++)
        world.spawn(i);
    return world.things.size() == 100 ? 0 : 1;
}
