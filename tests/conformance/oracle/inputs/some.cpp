// Less of the library, compiled to the end.
#include <map>
#include <string>

int count(const std::string &text) {
    std::map<char, int> found;
    for (char c : text)
        found[c]++;
    return static_cast<int>(found.size());
}
