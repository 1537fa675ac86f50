# Options that take _FORTIFY_SOURCE away, whatever CFLAGS say. Programs that test an allocator write to all
# usable bytes, or import a libc function by its plain name: a checked call ends the one and renames the other.
# Twice: gcc places what -Wp passes on behind all -D and -U, so that -U alone leaves -Wp,-D_FORTIFY_SOURCE=3.
set(TA_NO_FORTIFY -U_FORTIFY_SOURCE -Wp,-U_FORTIFY_SOURCE)
# Taking it away is what -fhardened (gcc 14 and later) warns of; older gcc let an unknown -Wno- pass.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND TA_NO_FORTIFY -Wno-hardened)
endif()
