# Refuses a C library that the auditor cannot work with, before anything is compiled.
include(CheckCSourceCompiles)

# ta_require_libc(VARIABLE CODE FOUND): CODE has to compile, or what was FOUND is told.
function(ta_require_libc variable code found)
    check_c_source_compiles("#include <features.h>\n${code}\nint main(void) { return 0; }" ${variable})
    if(NOT ${variable})
        message(FATAL_ERROR "C library: ${CMAKE_C_COMPILER} compiles for ${found}; expected glibc 2.35 or "
            "later with 64-bit addresses. The auditor interposes glibc's malloc family and unwinds by glibc's _dl_find_object. "
            "Build on such a system, or name a compiler for glibc: -DCMAKE_C_COMPILER=gcc")
    endif()
endfunction()

ta_require_libc(TA_LIBC_IS_GLIBC "#ifndef __GLIBC__\n#error\n#endif" "musl or another C library without __GLIBC__")
ta_require_libc(TA_GLIBC_IS_RECENT "#if !__GLIBC_PREREQ(2, 35)\n#error\n#endif" "an older glibc")
ta_require_libc(TA_ADDRESSES_ARE_64_BIT "_Static_assert(sizeof(void *) == 8, \"\");" "glibc with 32-bit addresses")
