# What `cmake --install` puts where GNUInstallDirs says. Nothing here names the prefix: an installation may be staged by
# DESTDIR, moved, or made with another --prefix.
if(TA_SANITIZE)
    return() # has no auditor
endif()
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tickaudit)
set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(made ${PROJECT_BINARY_DIR}/install)

# For other projects' builds.
set(exported ta_public)
if(NOT TA_MARKERS_ONLY)
    list(APPEND exported ta_auditor_system tickaudit)
endif()
install(TARGETS ${exported} EXPORT tickaudit-targets
    FILE_SET HEADERS
    LIBRARY DESTINATION ${TA_PRIVATE_FOLDER}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT tickaudit-targets NAMESPACE tickaudit:: DESTINATION ${package_folder})
configure_package_config_file(cmake/tickaudit-config.cmake.in ${made}/tickaudit-config.cmake
    INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
# Before 1.0 another minor version may be another interface.
write_basic_package_version_file(${made}/tickaudit-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${made}/tickaudit-config.cmake ${made}/tickaudit-config-version.cmake DESTINATION ${package_folder})

# ta_pkg_config(NAME): pkg-config tells where its file lies, and the file the ways from there.
foreach(folder INCLUDEDIR LIBDIR)
    cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_${folder} BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
        OUTPUT_VARIABLE way_to_${folder})
endforeach()
function(ta_pkg_config name)
    configure_file(cmake/${name}.pc.in ${made}/${name}.pc @ONLY)
    install(FILES ${made}/${name}.pc DESTINATION ${pkgconfig_folder})
endfunction()
ta_pkg_config(tickaudit)

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TA_MARKERS_ONLY)
    return()
endif()

ta_pkg_config(tickaudit-audit)
# What the program loads and starts. No other program looks for libraries there.
install(TARGETS ta_auditor_mimalloc tickaudit-arena tickaudit-host tickaudit-probe
    LIBRARY DESTINATION ${TA_PRIVATE_FOLDER}
    RUNTIME DESTINATION ${TA_PRIVATE_FOLDER})
install(FILES docs/man/tickaudit.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES harness/cli/tickaudit.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME tickaudit)
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/tickaudit
    FILES_MATCHING PATTERN "*.json" PATTERN "README.md")
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN man EXCLUDE)
