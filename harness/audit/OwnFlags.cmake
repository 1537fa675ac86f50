# What CFLAGS may do to the code in the audited process. Included by this folder's CMakeLists.txt alone, whose scope
# is all that it changes.
#
# An option that has a negative form is negated in quiet_options, which follow CFLAGS: the last one wins. An option
# without one, or whose negative form compilers do not agree on, is taken out here: it would put calls into malloc
# (profiling, coverage, instrumentation, functions not inlined), or link a constructor that changes the floating-point
# mode of each audited program (-ffast-math, gcc before 13).
set(own_flags_removed
    "-pg?" "-mfentry" "--coverage" "-ftest-coverage" "-f(cs-)?profile-[^ ]+" "-fcoverage-mapping"
    "-finstrument-functions[^ ]*" "-fxray-[^ ]+" "-fpatchable-function-entry=[^ ]+" "-fsplit-stack"
    "-f(no-)?sanitize[^ ]+" "-fhardened" "-fno-inline[^ ]*" "-ffast-math" "-Ofast" "-funsafe-math-optimizations")
list(JOIN own_flags_removed "|" own_flags_removed)

set(own_flags_variables CMAKE_C_FLAGS)
foreach(type ${CMAKE_BUILD_TYPE} ${CMAKE_CONFIGURATION_TYPES}) # the one, or those of a generator with several
    string(TOUPPER CMAKE_C_FLAGS_${type} variable)
    list(APPEND own_flags_variables ${variable})
endforeach()
set(own_flags_all)
foreach(variable ${own_flags_variables})
    string(APPEND own_flags_all " ${${variable}}")
endforeach()
if(own_flags_all MATCHES "-fsanitize=[^ ]*(address|thread|memory|leak)")
    message(FATAL_ERROR "CFLAGS contain ${CMAKE_MATCH_0}: this sanitizer and the auditor both define malloc and cannot "
        "share a process. Take it out of CFLAGS and LDFLAGS and configure with -DTA_SANITIZE=address,undefined or "
        "-DTA_SANITIZE=thread, which builds everything but the auditor.")
endif()

foreach(variable ${own_flags_variables})
    # Two spaces between options: each match has its own.
    string(REPLACE " " "  " kept " ${${variable}} ")
    string(REGEX REPLACE " (${own_flags_removed}) " "" kept "${kept}")
    set(${variable} "${kept}")
endforeach()
