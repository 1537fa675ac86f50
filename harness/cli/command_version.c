#include "cli.h"

#include "identity.h"
#include "tickaudit/version.h"

int ta_command_version(int argc, char **argv) {
    static const struct argp argp = {.args_doc = "",
                                     .doc = "Says what this program is and was built with.\v"
                                            "Example: tickaudit version"};
    ta_cli_parse(&argp, "version", 0, argc, argv, NULL);
    char compiler[64], build_type[64];
    ta_identity_compiler(compiler, sizeof compiler);
    ta_identity_build_type(build_type, sizeof build_type);
    printf("tickaudit %s (%s, %s, workload ABI %d)\n", TA_VERSION_STRING, compiler, build_type,
           TA_WORKLOAD_ABI);
    return ta_cli_report(ta_cli_flush(stdout));
}
