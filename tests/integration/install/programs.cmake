# What a project that uses tickaudit builds of it, and what the three targets may bring along: the include path, and for
# the auditor one linker option. Included once the targets are there, however they came.
foreach(target tickaudit::tickaudit tickaudit::audit tickaudit::cli)
    if(NOT TARGET ${target})
        message(FATAL_ERROR "no target ${target}")
    endif()
    foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS COMPILE_FEATURES LINK_OPTIONS LINK_DIRECTORIES LINK_LIBRARIES SOURCES)
        get_target_property(value ${target} INTERFACE_${property})
        set(allowed "value-NOTFOUND")
        if(target STREQUAL "tickaudit::audit")
            if(property STREQUAL "LINK_OPTIONS")
                set(allowed "-Wl,--no-as-needed")
            elseif(property STREQUAL "LINK_LIBRARIES")
                set(allowed "tickaudit::tickaudit;ta_public")
            endif()
        endif()
        if(NOT value IN_LIST allowed)
            message(SEND_ERROR "${target} has ${property} ${value}, expected ${allowed}")
        endif()
    endforeach()
endforeach()

set(sources ${CMAKE_CURRENT_LIST_DIR})
get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)

add_executable(game ${sources}/game.c)
target_link_libraries(game PRIVATE tickaudit::tickaudit)
set(programs game counted)

# With link-time optimization and --as-needed a linker drops a library of weak names, were it not told otherwise.
add_executable(counted ${sources}/counted.c)
target_link_options(counted PRIVATE -Wl,--as-needed)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # clang needs a plugin of the linker
    target_compile_options(counted PRIVATE -flto)
    target_link_options(counted PRIVATE -flto)
endif()
target_link_libraries(counted PRIVATE tickaudit::audit)

if("CXX" IN_LIST languages)
    add_executable(counted_cxx ${sources}/counted.cpp)
    target_link_libraries(counted_cxx PRIVATE tickaudit::audit)
    set_target_properties(counted_cxx PROPERTIES CXX_STANDARD 17 CXX_EXTENSIONS OFF)
    list(APPEND programs counted_cxx)
    # The marker header as a C++11 project has it.
    configure_file(${sources}/game.c game_cxx.cpp COPYONLY)
    add_executable(game_cxx ${CMAKE_CURRENT_BINARY_DIR}/game_cxx.cpp)
    target_link_libraries(game_cxx PRIVATE tickaudit::tickaudit)
    set_target_properties(game_cxx PROPERTIES CXX_STANDARD 11 CXX_EXTENSIONS OFF)
    list(APPEND programs game_cxx)
endif()
foreach(program ${programs})
    target_compile_options(${program} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
    set_target_properties(${program} PROPERTIES C_EXTENSIONS OFF EXPORT_COMPILE_COMMANDS ON UNITY_BUILD OFF C_CLANG_TIDY "")
endforeach()

# What the script beside this file runs. A target's file differs by generator and configuration.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/files-$<CONFIG> CONTENT
    "cli=$<TARGET_FILE:tickaudit::cli>\ngame=$<TARGET_FILE:game>\nauditor=$<TARGET_FILE:tickaudit::audit>\n")

enable_testing()
foreach(program ${programs})
    add_test(NAME ${program} COMMAND ${program})
endforeach()
add_test(NAME audited COMMAND $<TARGET_FILE:tickaudit::cli> exec --budget "hot_allocs == 3" -- $<TARGET_FILE:game>)
add_custom_target(everything ALL DEPENDS ${programs})
add_dependencies(everything tickaudit::cli)
