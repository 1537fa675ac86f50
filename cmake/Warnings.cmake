# The warnings that every target of ours is compiled with. One place, so that no target is exempt.
add_library(ta_warnings INTERFACE)
target_compile_options(ta_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wformat=2
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wcast-qual
    -Wcast-align -Wvla -Wdouble-promotion -Wnull-dereference -Wswitch-enum)
# Options that are for C alone would warn in a C++ compile: those targets use ta_warnings_cxx.
add_library(ta_warnings_cxx INTERFACE)
target_compile_options(ta_warnings_cxx INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion)
if(TA_WERROR)
    target_compile_options(ta_warnings INTERFACE -Werror)
    target_compile_options(ta_warnings_cxx INTERFACE -Werror)
endif()
