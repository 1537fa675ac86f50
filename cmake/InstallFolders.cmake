# Where things are installed, and the way from the installed program to its libraries, which holds for any prefix.
if(TA_INSTALL)
    include(GNUInstallDirs)
    set(TA_PRIVATE_FOLDER ${CMAKE_INSTALL_LIBDIR}/tickaudit)
    cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR}
        OUTPUT_VARIABLE TA_WAY_TO_LIBRARIES)
else()
    set(TA_WAY_TO_LIBRARIES ../lib)
endif()
