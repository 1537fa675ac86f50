# TA_SANITIZE=address,undefined | thread | (empty). An interposer and a sanitizer cannot share a
# process (both define malloc), so a sanitized build leaves the auditor's libraries out.
add_library(ta_sanitize INTERFACE)
if(TA_SANITIZE)
    target_compile_options(ta_sanitize INTERFACE
        -fsanitize=${TA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(ta_sanitize INTERFACE -fsanitize=${TA_SANITIZE})
endif()
