"""unchanged.py BUILD PART: a program cannot tell, and nobody who uses it, that it is audited.

Part `programs`: each prints the same to stdout and to stderr and ends with the same code without us and
under `tickaudit exec --quiet` with either library, when it fails too, or is killed, prints much, reads
from a pipe or is left by its reader. Only a verdict follows on stderr.
Part `surroundings`: a small program prints all that it inherits, started in several ways."""

import os
import pathlib
import pty
import re
import resource
import signal
import subprocess
import sys
import tempfile

import oracle
import programs

OURS = re.compile(rb"(?:\*\*\* PARTIAL RUN: .*\n\*\*\* .*\n)?VERDICT: .*\n(?:  .*\n)?\Z")
SHELL_SIGNAL = 128  # how a shell, and exec, say in an exit code that a signal ended it


def audited(build, allocator, command):
    return [str(build / "tickaudit"), "exec", "--quiet", "--allocator", allocator, "--", *command]


def ways(build, command):
    """How it is run: first without us."""
    return {
        "without us": list(command),
        "over system": audited(build, "system", command),
        "over mimalloc": audited(build, "mimalloc", command),
    }


def without_verdict(text):
    """What the program itself said; None when no verdict follows."""
    ours = OURS.search(text)
    return text[: ours.start()] if ours else None


def hold(name, seen):
    """Holds what was seen in each way against the first; true when nothing differs."""
    (first, expected), *others = seen.items()
    good = True
    for way, got in others:
        for field in expected:
            if got[field] != expected[field]:
                print(f"NOT THE SAME: {name}, {way}: {field}")
                print(f"  {first}: {expected[field]!r:.300}\n  {way}: {got[field]!r:.300}")
                good = False
    if good:
        print(f"the same: {name}")
    return good


# ---- programs -----------------------------------------------------------------------------------


def ended(process, out, err, way):
    code = process.returncode
    return {
        "code": SHELL_SIGNAL - code if code < 0 else code,
        "stdout": out,
        "stderr": err if way == "without us" else without_verdict(err),
    }


def invocation(build, name, command, stdin=b"", prepare=None):
    """One call, with stdin from a pipe and both streams to pipes of their own."""
    seen = {}
    case = programs.Case(name, tuple(command), prepare)
    with oracle.Place() as place:
        for way, words in ways(build, command).items():
            place.renew(case)
            ran = subprocess.run(
                words,
                input=stdin,
                capture_output=True,
                check=False,
                timeout=oracle.LONGEST_SECONDS,
                cwd=place.run,
                env=oracle.world(place.run),
            )
            seen[way] = ended(ran, ran.stdout, ran.stderr, way)
    return hold(name, seen)


def left_by_its_reader(build):
    """Killed by SIGPIPE, and not by an error of writing, when nobody reads any more."""
    seen = {}
    for way, words in ways(build, ["/usr/bin/yes"]).items():
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out = process.stdout.read(1000)
        process.stdout.close()
        err = process.stderr.read()
        process.wait(oracle.LONGEST_SECONDS)
        seen[way] = ended(process, out, err, way)
    return hold("left by its reader", seen)


def takes_one_line(build):
    """What a program leaves of its input is there for the next."""
    seen = {}
    for way, words in ways(build, ["/bin/sh", "-c", "read line; echo $line"]).items():
        reader, writer = os.pipe()
        os.write(writer, b"first\nsecond\n")
        os.close(writer)
        ran = subprocess.run(words, stdin=reader, capture_output=True, check=False)
        rest = os.read(reader, 100)
        os.close(reader)
        seen[way] = ended(ran, ran.stdout + rest, ran.stderr, way)
    return hold("takes one line", seen)


def both_streams_in_one(build):
    """In the order in which they were written, and the verdict after them."""
    seen = {}
    script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 3"
    for way, words in ways(build, ["/bin/sh", "-c", script]).items():
        ran = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        seen[way] = ended(ran, b"", ran.stdout, way)
    return hold("both streams in one", seen)


def dies_by(number):
    return ("/bin/sh", "-c", f"echo before; kill -{number} $$; echo never")


def failing():
    """Name, command; some with what they read."""
    yield "code 1", ("/bin/false",)
    yield "code 2", ("/bin/ls", "/nonexistent", "/")
    yield "code 255", ("/bin/sh", "-c", "exit 255")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM,
                   signal.SIGABRT, signal.SIGRTMIN):
        yield f"killed by {number}", dies_by(int(number))
    yield "an error of python3", ("/usr/bin/python3", "-c", "import sys; print('a'); sys.exit(undefined)")
    yield "an exception of perl", ("/usr/bin/perl", "-e", "print 'a'; die 'no'")
    yield "no repository", ("/usr/bin/git", "-C", "/", "log")
    yield "a false query", ("/usr/bin/sqlite3", ":memory:", "select 1; selec 2")
    yield "false JSON", ("/usr/bin/jq", "."), b'{"a": [1, 2'
    yield "no such file", ("/usr/bin/xz", "-c", "absent")
    yield "false C++", ("/usr/bin/g++", "-fsyntax-only", "-x", "c++", "-"), b"int f( { return no; }"
    yield "usage", ("/usr/bin/sort", "--no-such-option")
    yield "arguments with spaces and without a letter", ("/usr/bin/printf", "%s|", "a b", "", "--", "-q", "\n*")


def usual():
    big = bytes(range(256)) * 20000
    yield "much from a pipe", ("/bin/cat",), big
    yield "much in lines", ("/usr/bin/seq", "1", "1000000")
    yield "much on stderr", ("/bin/sh", "-c", "seq 1 200000 >&2")
    yield "to compress", ("/usr/bin/xz", "-0", "-c"), big
    yield "to sort", ("/usr/bin/sort", "-r"), b"\n".join(b"%d" % (i * 7919 % 9973) for i in range(20000))
    yield "nothing", ("/bin/true",), big[:10]


def all_programs(build):
    good = True
    for name, command, *stdin in (*failing(), *usual()):
        if os.access(command[0], os.X_OK):
            good &= invocation(build, name, command, *stdin)
        else:
            print(f"left out, not installed: {command[0]}")
    for cases in programs.groups(build).values():
        for case in cases:
            if case.installed and case.deterministic and not case.stdin:
                good &= invocation(build, case.name, case.command, b"", case.prepare)
    return good & left_by_its_reader(build) & takes_one_line(build) & both_streams_in_one(build)


# ---- surroundings -------------------------------------------------------------------------------


def with_terminal():
    """A session of its own, with a new terminal as its standard input."""
    os.setsid()
    master, terminal = pty.openpty()
    os.set_inheritable(master, True)  # when nobody has it any more, the terminal hangs up
    os.dup2(terminal, 0)
    os.close(os.open(os.ttyname(terminal), os.O_RDWR))


def with_descriptors():
    for number in (7, 9, 100):
        os.dup2(os.open("/etc/passwd", os.O_RDONLY), number, inheritable=True)


def with_ignored():
    for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def with_blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD, signal.SIGINT, signal.SIGTERM})


def with_limits():
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, 16 << 20))
    os.umask(0o027)
    os.nice(3)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def without_input():
    os.close(0)


CONDITIONS = (with_terminal, with_descriptors, with_ignored, with_blocked, with_limits, without_input)


def started(words, condition):
    """Its exit code and its lines by what they are about. stdout is a file: a pipe has another name each
    time. So has a terminal that was made for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "stdout")
        with open(path, "wb") as out:
            ran = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=oracle.LONGEST_SECONDS,
                cwd="/tmp",
                env={"PATH": "/usr/bin:/bin", "EMPTY": "", "A": "a b=c"},
                restore_signals=False,
                close_fds=False,
                preexec_fn=condition,
            )
        lines = re.sub(r"/dev/pts/\d+", "/dev/pts/N", path.read_text()).replace(folder, "").splitlines()
    if ran.returncode != 0 or len(lines) < 100:
        raise RuntimeError(f"{words}: code {ran.returncode}, {len(lines)} lines")
    told = {line.split(":")[0].split("=")[0]: line for line in lines}
    return {"code": ran.returncode, "lines": len(lines), **told}


def all_surroundings(build):
    good = True
    os.closerange(3, 256)  # what we inherited: ctest's log, which others write to meanwhile
    command = [str(build / "tests/subjects/surroundings"), "a b", "", "--", "-q"]
    for condition in (lambda: None, *CONDITIONS):
        seen = {}
        for way, words in ways(build, command).items():
            seen[way] = started(words, condition)
        good &= hold(condition.__name__.replace("<lambda>", "as it is"), seen)
    return good


def main():
    build, part = pathlib.Path(sys.argv[1]), sys.argv[2]
    parts = {"programs": all_programs, "surroundings": all_surroundings}
    return 0 if parts[part](build) else 1


if __name__ == "__main__":
    sys.exit(main())
