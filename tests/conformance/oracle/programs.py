"""The programs that the oracle compares on, by group. A case is one call of one program."""

import json
import os
import pathlib
import shlex
import subprocess
import time
from dataclasses import dataclass
from typing import Callable, Optional

import oracle

HERE = pathlib.Path(__file__).parent


@dataclass
class Case:
    name: str
    command: tuple
    prepare: Optional[Callable] = None  # (folder): files that the program reads
    beside: Optional[Callable] = None  # (folder, process): what happens while it runs
    stdin: Optional[str] = None  # a file in the folder
    environment: tuple = ()
    allocator: str = "nouserintercepts"  # valgrind's pattern for what lies below ours
    deterministic: bool = True  # two runs make the same calls
    ours_more: tuple = (0, 0, 0)  # in two runs: what the auditor's has more, for a reason that is told
    mimalloc_more: tuple = (0, 0, 0)  # and what there is more over mimalloc
    needs: str = ""  # the program, where it is called by another name

    @property
    def program(self):
        return self.needs or self.command[0]

    @property
    def installed(self):
        return os.access(self.program, os.X_OK)


def numbers(folder):
    (folder / "numbers").write_text("".join(f"{i * 7919 % 20011}\n" for i in range(20000)))


def objects(folder):
    records = [{"id": i, "name": f"unit {i}", "tags": ["a", "b" * (i % 40)]} for i in range(400)]
    (folder / "objects.json").write_text(json.dumps(records))


def copy_of(*names):
    def prepare(folder):
        for name in names:
            (folder / name).write_bytes((HERE / "inputs" / name).read_bytes())

    return prepare


# ---- git ----------------------------------------------------------------------------------------

GIT_CONFIG = """[user]
	name = Some One
	email = some@one.example
[gc]
	auto = 0
[maintenance]
	auto = false
[init]
	defaultBranch = main
"""
WHEN = "2026-01-01T00:00:00Z"
LONG_AGO = 1700000000
GIT_ENVIRONMENT = (("GIT_AUTHOR_DATE", WHEN), ("GIT_COMMITTER_DATE", WHEN))


def git(folder, *arguments):
    subprocess.run(
        ["/usr/bin/git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env=oracle.world(folder, GIT_ENVIRONMENT),
    )


def git_before(step):
    """A repository as it is before a step of init, add, commit, log."""

    def prepare(folder):
        (folder / ".gitconfig").write_text(GIT_CONFIG)
        if step == "init":
            return
        git(folder, "init", "-q", "scratch")
        for i in range(60):
            file = folder / "scratch" / f"file{i}"
            file.write_text(f"line {i}\n" * (i + 1))
            # As new as the index, git would read a file once more, which depends on the second.
            os.utime(file, (LONG_AGO, LONG_AGO))
        if step == "add":
            return
        git(folder, "-C", "scratch", "add", ".")
        if step == "commit":
            return
        for i in range(5):
            (folder / "scratch" / f"file{i}").write_text("changed\n")
            git(folder, "-C", "scratch", "commit", "-qam", f"change {i}")

    return prepare


def git_case(step, *arguments):
    at = () if step == "init" else ("-C", "scratch")
    command = ("/usr/bin/git", *at, *arguments)
    return Case(f"git {step}", command, git_before(step), environment=GIT_ENVIRONMENT)


# ---- redis --------------------------------------------------------------------------------------

# Debian's redis-tools has all of it, one file for several names, and starts no service.
REDIS = "/usr/bin/redis-check-rdb"
REDIS_COMMAND = ("./redis-server", "--port", "0", "--unixsocket", "socket", "--save", "")


def wait_for(path, process, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{path.name} did not appear")
        time.sleep(0.02)


def redis(folder):
    (folder / "redis-server").symlink_to(REDIS)


def redis_load(folder, process):
    socket = folder / "socket"
    wait_for(socket, process)
    world = oracle.world(folder)
    subprocess.run(
        ["/usr/bin/redis-benchmark", "-s", socket, "-q", "-n", "2000", "-c", "20", "-r", "500"]
        + ["-t", "set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100,mset"],
        check=True,
        env=world,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(["/usr/bin/redis-cli", "-s", socket, "shutdown", "nosave"], check=True, env=world)


# ---- python3 ------------------------------------------------------------------------------------

PYTHON = "/usr/bin/python3"


def python3():
    """Two runs of it are not the same with each object by malloc: an int is 4 bytes longer from 2**30 on,
    and what _thread.get_ident() makes for each lock of an import is an address, 0x4b6a880 under valgrind,
    0x7ffff7d5c040 else. With threads they differ by chance: who has to wait for a lock allocates another one."""
    seed = (("PYTHONHASHSEED", "0"),)
    return [
        Case("python3", (PYTHON, "script.py"), copy_of("script.py"), environment=seed),
        Case("python3, threads", (PYTHON, "threads.py"), copy_of("threads.py"), deterministic=False),
        Case("python3, each object by malloc", (PYTHON, "script.py", "less"), copy_of("script.py"),
             environment=(*seed, ("PYTHONMALLOC", "malloc")), deterministic=False),
    ]


# ---- the list -----------------------------------------------------------------------------------

SQL = (
    "create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c where x<2000) "
    "insert into t select x, x*x from c; create index i on t(b); select sum(a), sum(b) from t; "
    "select a, b from t where b % 7 = 3 order by b desc limit 30; select group_concat(a) from t where a < 50;"
)
GXX = "/usr/bin/g++"


def cc1plus(*arguments):
    """The compiler itself, as the driver calls it: a driver's children are not followed."""
    ask = [GXX, "-###", *arguments]
    said = subprocess.run(ask, cwd=HERE / "inputs", capture_output=True, text=True, check=True)
    line = next(line for line in said.stderr.splitlines() if "/cc1plus" in line)
    return tuple(shlex.split(line))


def compiler():
    """cc1plus keeps tables by address: two runs of it make as many calls only by chance, whoever
    counts. With the address space shuffled anew for each, the auditor alone saw 2067207, 2067349 and
    2067208 allocations of one file, and 2067346 each time when it was not shuffled."""
    if not os.access(GXX, os.X_OK):
        return [Case("g++", (GXX,))]
    check, build = ("-fsyntax-only", "many.cpp"), ("-S", "-O1", "-o", "out.s", "some.cpp")
    return [
        Case("g++, the driver", (GXX, *build), copy_of("some.cpp")),
        Case("cc1plus, reading", cc1plus(*check), copy_of("many.cpp"), deterministic=False),
        Case("cc1plus, optimizing", cc1plus(*build), copy_of("some.cpp"), deterministic=False),
    ]


def groups(build):
    """By name, the cases of each."""
    subjects = build / "tests/subjects"
    return {
        "text": [
            Case("sort", ("/usr/bin/sort", "-n", "-r", "--parallel=1", "numbers"), numbers),
            Case("sort, two threads", ("/usr/bin/sort", "--parallel=2", "-S", "100K", "numbers"), numbers,
                 deterministic=False),
            Case("xz", ("/usr/bin/xz", "-1", "-T1", "-k", "-c", "numbers"), numbers),
            Case("xz, two threads", ("/usr/bin/xz", "-0", "-T2", "--block-size=16384", "-k", "-c", "numbers"),
                 numbers, deterministic=False),
            Case("jq", ("/usr/bin/jq", "-c", "map(select(.id % 3 == 0) | .name) | join(\",\")"), objects,
                 stdin="objects.json"),
            Case("awk", ("/usr/bin/awk", "{ t[$1 % 97] = t[$1 % 97] $1 } END { print length(t[5]) }"), numbers,
                 stdin="numbers"),
            Case("bc", ("/usr/bin/bc", "-q"), copy_of("big.bc"), stdin="big.bc"),
        ],
        "subjects": [
            Case("operators", (str(subjects / "operators"),)),
            Case("plugins", (str(subjects / "plugins"),)),
            # Each of its 300 stacks gets a table of the loader (calloc, in _dl_allocate_tls) with 16 bytes
            # for each module that has thread-local variables. Ours is one, libmimalloc another.
            Case("threads", (str(subjects / "threads"),), ours_more=(0, 0, 300 * 16),
                 mimalloc_more=(0, 0, 300 * 16)),
        ],
        "databases": [
            Case("sqlite3", ("/usr/bin/sqlite3", ":memory:", SQL)),
            Case("sqlite3, a file", ("/usr/bin/sqlite3", "file.db", SQL)),
            Case("redis-server", REDIS_COMMAND, redis, redis_load, needs=REDIS, allocator="libjemalloc.so*",
                 deterministic=False),
        ],
        "python3": python3(),
        "perl": [
            Case("perl", ("/usr/bin/perl", "script.pl"), copy_of("script.pl"),
                 environment=(("PERL_HASH_SEED", "0"),)),
        ],
        "git": [
            git_case("init", "init", "scratch"),
            git_case("add", "add", "."),
            git_case("commit", "commit", "-qm", "all"),
            git_case("log", "log", "--stat", "--no-color"),
        ],
        "compiler": compiler(),
    }
