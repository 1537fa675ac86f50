/* Names of functions as people write them, against those of linkers. */
#include "function_name.h"

#include <criterion/criterion.h>

static ta_name_match match(const char *written, const char *symbol) {
    ta_function_name name;
    ta_function_name_read(written, &name);
    return ta_function_name_match(&name, symbol);
}

static void expect(const char *written, const char *symbol, ta_name_match expected) {
    ta_name_match found = match(written, symbol);
    cr_expect_eq(found, expected, "%s against %s: %d", written, symbol, (int)found);
}

Test(function_name, with_and_without_parameters) {
    expect("spawn", "_Z5spawni", TA_NAME_WHOLE);
    expect("spawn(int)", "_Z5spawni", TA_NAME_WHOLE);
    expect("spawn(double)", "_Z5spawni", TA_NAME_OTHER);
    expect("a::b(unsigned int)", "_ZN1a1bEj", TA_NAME_WHOLE);
    expect(" a::b( unsigned  int )", "_ZN1a1bEj", TA_NAME_WHOLE);
    expect("a::size()", "_ZNK1a4sizeEv", TA_NAME_WHOLE);
    expect("a::size() const", "_ZNK1a4sizeEv", TA_NAME_WHOLE);
    expect("update", "update", TA_NAME_WHOLE);
    expect("update", "updates", TA_NAME_OTHER);
}

Test(function_name, global_and_in_a_namespace) {
    expect("::spawn", "_Z5spawni", TA_NAME_WHOLE);
    expect("game::World<int>::spawn", "_ZN4game5WorldIiE5spawnEi", TA_NAME_WHOLE);
    expect("World<int>::spawn", "_ZN4game5WorldIiE5spawnEi", TA_NAME_OTHER);
    expect("spawn", "_ZN4game5WorldIiE5spawnEi", TA_NAME_OTHER);
    expect("game::World", "_ZN4game5WorldIiE5spawnEi", TA_NAME_OTHER);
    expect("(anonymous namespace)::g", "_ZN12_GLOBAL__N_11gEv", TA_NAME_WHOLE);
    expect("(anonymous namespace)::g()", "_ZN12_GLOBAL__N_11gEv", TA_NAME_WHOLE);
}

Test(function_name, as_the_linker_knows_it) {
    expect("_Z5spawni", "_Z5spawni", TA_NAME_WHOLE);
    expect("_Z5spawni", "_Z5spawni.cold", TA_NAME_PART);
    expect("_Z5spawni", "_Z5spawnd", TA_NAME_OTHER);
    expect("qsort", "qsort@@GLIBC_2.2.5", TA_NAME_WHOLE);
    expect("qsort_r", "qsort@GLIBC_2.2.5", TA_NAME_OTHER);
}

Test(function_name, templates_operators_and_what_the_abi_abbreviates) {
    expect("tf<int>", "_Z2tfIiEiT_", TA_NAME_WHOLE);
    expect("tf<int>(int)", "_Z2tfIiEiT_", TA_NAME_WHOLE);
    expect("tf", "_Z2tfIiEiT_", TA_NAME_WHOLE);
    expect("tf<long>", "_Z2tfIiEiT_", TA_NAME_OTHER);
    expect("operator new(unsigned long)", "_Znwm", TA_NAME_WHOLE);
    expect("operator new", "_Znwm", TA_NAME_WHOLE);
    expect("std::string::append", "_ZNSs6appendEPKc", TA_NAME_WHOLE);
    expect("main::step", "_ZN4main4step17h0123456789abcdefE", TA_NAME_WHOLE);
}

/* As g++ mangles void V::f(const std::string &), void V::g(const std::vector<int> &, const char *)
 * and void V::h(std::map<const char *, std::string>). */
#define F "_ZN1V1fERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
#define G "_ZN1V1gERKSt6vectorIiSaIiEEPKc"
#define H                                                                                          \
    "_ZN1V1hESt3mapIPKcNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESt4lessIS2_"            \
    "ESaISt4pairIKS2"                                                                              \
    "_S8_EEE"

Test(function_name, parameters_are_written_as_in_the_source) {
    expect("V::f(const std::string&)", F, TA_NAME_WHOLE);
    expect("V::f(std::string const &)", F, TA_NAME_WHOLE);
    expect("V::f(const std::string)", F, TA_NAME_OTHER);
    expect("V::g(const std::vector<int>&, const char*)", G, TA_NAME_WHOLE);
    expect("V::g(const std::vector<long>&, const char*)", G, TA_NAME_OTHER);
    expect("V::h(std::map<const char*, std::string>)", H, TA_NAME_WHOLE);
    expect("int tf<int>(int)", "_Z2tfIiEiT_", TA_NAME_WHOLE);
    expect("unsigned long a::(anonymous namespace)::f(int)", "_ZN1a12_GLOBAL__N_11fEi",
           TA_NAME_WHOLE);
    expect("(anonymous namespace)::f (int)", "_ZN12_GLOBAL__N_11fEi", TA_NAME_WHOLE);
}

Test(function_name, of_two_of_one_name_link_time_optimization_numbers_one) {
    expect("update", "update.1", TA_NAME_WHOLE);
    expect("update", "update.12.cold", TA_NAME_PART);
    expect("update", "update1", TA_NAME_OTHER);
    expect("update", "update.x", TA_NAME_OTHER);
}

Test(function_name, parts_have_no_entry_and_copies_have) {
    expect("a::b", "_ZN1a1bEv.cold", TA_NAME_PART);
    expect("f", "f.cold.12", TA_NAME_PART);
    expect("f", "f.part.0", TA_NAME_PART);
    expect("f", "f.part.0.constprop.1", TA_NAME_PART);
    expect("f", "f.isra.0", TA_NAME_WHOLE);
    expect("f", "f.constprop.0.isra.1", TA_NAME_WHOLE);
    expect("f.cold", "f.cold", TA_NAME_PART);
    expect("f", "f_cold", TA_NAME_OTHER);
}

Test(function_name, nothing_is_no_function) {
    expect("", "f", TA_NAME_OTHER);
    expect("::", "f", TA_NAME_OTHER);
    char longer[TA_FUNCTION_NAME_MAX + 8];
    for (unsigned i = 0; i < sizeof longer; i++)
        longer[i] = 'f';
    longer[sizeof longer - 1] = 0;
    expect(longer, longer, TA_NAME_OTHER);
}
