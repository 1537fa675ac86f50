/* What is left of long names, and what of a name two builds have in common. */
#include <criterion/criterion.h>
#include <string.h>

#include "name_text.h"

#define TREE                                                                                       \
    "std::_Rb_tree<int, std::pair<int const, std::__cxx11::basic_string<char, "                    \
    "std::char_traits<char>, std::allocator<char> > >, std::_Select1st<std::pair<int const, "      \
    "std::__cxx11::basic_string<char> > >, std::less<int> >::_M_emplace_hint_unique"

static void expect_fit(const char *name, size_t columns, const char *expected) {
    ta_name_text fit = ta_name_fit(name, columns); /* it outlives what Criterion makes of it */
    cr_expect_str_eq(fit.text, expected, "%s\n  for %s", fit.text, expected);
}

Test(name_text, a_name_that_fits_stays) {
    expect_fit("main", 4, "main");
    expect_fit("std::__cxx11::basic_string<char>::c_str", 60,
               "std::__cxx11::basic_string<char>::c_str");
}

Test(name_text, template_arguments_go_before_the_function) {
    expect_fit(TREE, 70, "std::_Rb_tree<int, std::pair<...>, ...>::_M_emplace_hint_unique");
    expect_fit(TREE, 60, "std::_Rb_tree<int, ...>::_M_emplace_hint_unique");
    expect_fit(TREE, 44, "std::_Rb_tree<...>::_M_emplace_hint_unique");
}

Test(name_text, inline_namespaces_go_first) {
    expect_fit("std::__cxx11::basic_string<char>::c_str", 38, "std::basic_string<char>::c_str");
}

Test(name_text, operators_and_functions_as_arguments_are_no_lists) {
    expect_fit("a::operator< <b::c<d, e, g>, f>", 27, "a::operator< <b::c<...>, f>");
    expect_fit("game::Iterator<int, long>::operator->", 35, "game::Iterator<...>::operator->");
    expect_fit("run<void (int, long), game::World>", 30, "run<void (int, long), ...>");
}

Test(name_text, the_middle_goes_where_nothing_else_helps) {
    expect_fit("wave_director_spawn_all_enemies", 16, "wave_d...enemies");
    expect_fit("a", 0, "a");
    expect_fit("abcdefg", 0, "...g");
}

Test(name_text, any_room_is_kept_to) {
    char deep[4000] = "f";
    for (int i = 0; i < 300; i++)
        strcat(deep, "<std::x, y");
    for (size_t columns = TA_NAME_FIT_MIN; columns < TA_NAME_TEXT_MAX; columns++) {
        ta_name_text tree = ta_name_fit(TREE, columns), other = ta_name_fit(deep, columns);
        cr_expect_leq(strlen(tree.text), columns);
        cr_expect_leq(strlen(other.text), columns);
    }
    ta_name_text longest = ta_name_fit(deep + 1, 4000);
    cr_expect_lt(strlen(longest.text), TA_NAME_TEXT_MAX);
}

static void expect_base(const char *name, const char *expected) {
    size_t length;
    const char *base = ta_name_base(name, &length);
    cr_expect(length == strlen(expected) && strncmp(base, expected, length) == 0, "%.*s of %s",
              (int)length, base, name);
}

Test(name_text, the_base_is_what_inlined_functions_have) {
    expect_base("main", "main");
    expect_base("game::(anonymous namespace)::note", "note");
    expect_base("std::map<int, a::b>::operator[]", "operator[]");
    expect_base("a::Iterator<int>::operator->", "operator->");
    expect_base("game::make<long> [clone .isra.0]", "make");
    expect_base("run(int)::{lambda(a::b)#1}::operator()", "operator()");
    expect_base("spawn.constprop.0", "spawn");
}

Test(name_text, what_compilers_append_is_known) {
    cr_expect_eq(ta_name_length("spawn.part.0"), 5);
    cr_expect_eq(ta_name_length("a::b [clone .cold]"), 4);
    cr_expect_eq(ta_name_length("main.main"), 9, "Go's names have dots");
    cr_expect(ta_name_is_part("spawn.part.0"));
    cr_expect(ta_name_is_part("a::spawn [clone .part.0]"));
    cr_expect_not(ta_name_is_part("spawn.cold"));
}
