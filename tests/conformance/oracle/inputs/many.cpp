// Enough of the library to make a compiler work.
#include <map>
#include <regex>
#include <string>

std::map<std::string, int> words(const std::string &text) {
    static const std::regex word("[a-z]+");
    std::map<std::string, int> found;
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
        found[at->str()]++;
    return found;
}
