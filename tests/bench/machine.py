"""What the figures were taken on."""

import os
import platform
import shutil
import subprocess


def first_line(*command):
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).splitlines()
    return lines[0].strip() if lines else None


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def described():
    return {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(),
            "load_at_begin": os.getloadavg()[0]}


def mimalloc_version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libmimalloc-dev"], capture_output=True,
                          text=True, check=False) if shutil.which("dpkg-query") else None
    return done.stdout if done and done.returncode == 0 else None


def versions():
    """Of the allocators and of the tools beside us; None where there is none."""
    return {"glibc": os.confstr("CS_GNU_LIBC_VERSION"), "mimalloc": mimalloc_version(),
            "heaptrack": first_line("heaptrack", "--version"), "valgrind": first_line("valgrind", "--version"),
            "compiler": first_line("gcc", "--version")}
