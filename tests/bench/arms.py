"""The arms: the ways in which one program is run and compared. An arm turns a command into that which
runs it so, or says why this machine cannot."""

import os
import re
import shutil
import subprocess

PLAIN = ("glibc", "mimalloc")
OURS = ("glibc+counting", "glibc+live", "mimalloc+counting", "mimalloc+live")
LIBRARIES = {"glibc": "libtickaudit.so", "mimalloc": "libtickaudit-mimalloc.so"}


def mimalloc_of(build):
    """The name of the library that the auditor is linked with. The loader only warns of a name that is not
    there, and an arm would be measured over glibc."""
    dynamic = subprocess.run(["readelf", "-dW", f"{build}/{LIBRARIES['mimalloc']}"], capture_output=True,
                             text=True, check=True).stdout
    return re.search(r"NEEDED.*\[(libmimalloc[^]]*)\]", dynamic).group(1)


def underneath(arm):
    """The same allocator without us."""
    return arm.split("+")[0]


class Arms:
    def __init__(self, build, work):
        self.build, self.work = build, work

    def missing(self):
        """Why an arm cannot be run here, for each that cannot."""
        needs = {"heaptrack": "heaptrack", "dhat": "valgrind"}
        return {arm: f"{tool} is not installed" for arm, tool in needs.items() if not shutil.which(tool)}

    def command(self, arm, command, more_environment):
        """The command and the environment that run `command` in `arm`."""
        environment = dict(os.environ, LC_ALL="C", **more_environment)
        if arm == "mimalloc":
            environment["LD_PRELOAD"] = mimalloc_of(self.build)
        elif arm == "heaptrack":
            # Raw: it records and leaves the interpreting for later, as we do.
            command = ["heaptrack", "--raw", "-o", f"{self.work}/heaptrack", *command]
        elif arm == "dhat":
            command = ["valgrind", "--tool=dhat", "--dhat-out-file=/dev/null", "-q", *command]
        elif "+" in arm:
            library, mode = arm.split("+")
            command = [f"{self.build}/tests/with_ledger", f"{self.build}/{LIBRARIES[library]}", mode, "-",
                       *command]
        return command, environment
