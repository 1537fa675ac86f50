"""two_runs.py BUILD GROUP: what valgrind alone counts in one run of a program is what the auditor alone
counts in another, to the last allocation, free and byte; and both runs print the same. So does, and counts, a third
one over mimalloc, where valgrind cannot look.

Of programs that do the same each time, that is, in the same world. Both tools add to the environment,
and git, perl and python3 keep copies of it. So each of the two runs gets what valgrind's would have,
variable by variable and with values of the same length, and the address space of ours is not shuffled.
Their process numbers are of the same length too: perl keeps its own as text.
Programs that are not installed are named; 77 if all are not."""

import os
import pathlib
import re
import subprocess
import sys

import oracle
import programs

LEDGER = "TICKAUDIT_LEDGER"
# Each of these becomes the next, all with one pid, and the ledger counts the last. The
# ledger is known to them alone.
AS_UNDER_VALGRIND = """
echo "$TICKAUDIT_LEDGER" >"$0"
exec setarch -R env -i "TICKAUDIT_LEDGER=$TICKAUDIT_LEDGER" "$@"
"""


def environment_under_valgrind(case, place):
    """What a program finds there, as valgrind's launcher and core leave it."""
    seen = subprocess.run(
        [*oracle.COUNTING, "-q", "/usr/bin/env", "-0"],
        capture_output=True,
        check=True,
        cwd=place.run,
        env=oracle.world(place.run, case.environment),
    )
    return dict(entry.decode().split("=", 1) for entry in seen.stdout.split(b"\0") if entry)


def padded(path, length):
    """The same file by a path of this length: slashes may be repeated."""
    if len(path) > length:
        raise ValueError(f"{path} is longer than {length}: build in a folder with a shorter name")
    return "/" * (length - len(path)) + path


def preloadable(build, place):
    """The build folder by a path that the loader can take from LD_PRELOAD: without blanks."""
    if not re.search("[ :]", str(build)):
        return build
    link = place.folder / "build"
    if not link.exists():
        link.symlink_to(build.resolve())
    return link


def by_us(library, build, case, place):
    """The auditor's count, and the ledger's name, which stood in the environment."""
    place.renew(case)
    library = str(preloadable(build, place) / library)
    known = environment_under_valgrind(case, place)
    known["LD_PRELOAD"] = padded(library, len(known["LD_PRELOAD"]))
    process = oracle.start_and_end(
        [build / "tests/with_ledger", library, "live", place.totals]
        + ["/bin/sh", "-c", AS_UNDER_VALGRIND, place.folder / "ledger"]
        + [f"{name}={value}" for name, value in known.items()]
        + [*case.command],
        case,
        place,
    )
    ran = oracle.Ran(oracle.ledger_totals(place.totals), process.returncode, place.outputs())
    return ran, (place.folder / "ledger").read_text().strip()


def by_valgrind(case, place, ledger):
    place.renew(case)
    process = oracle.start_and_end(
        ["/usr/bin/env", f"{LEDGER}={ledger}", *oracle.COUNTING, place.log_option, *case.command], case, place
    )
    totals = oracle.logged_totals(place.folder, os.getpid())
    return oracle.Ran(totals, process.returncode, place.outputs())


def same(case, who, expected, ours):
    """Says whether they are, and in what they are not."""
    if ours.totals and ours == expected:
        return True
    print(f"NOT THE SAME: {case.name}: {who} {expected.totals}, we {ours.totals}")
    fields = zip(("code", "stdout", "stderr"), (ours.code, *ours.outputs), (expected.code, *expected.outputs))
    for which, mine, others in fields:
        if mine != others:
            print(f"  {which}: {who} {others!r:.500}, we {mine!r:.500}")
    return False


def plus(ran, more):
    return ran._replace(totals=ran.totals and oracle.Totals(*map(sum, zip(ran.totals, more))))


def pid_length():
    """How many digits the number of a process has that starts now."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return len(str(process.pid))


def run_each(build, case):
    """Under the auditor, under valgrind and over mimalloc, all with process numbers of one length."""
    while True:
        length = pid_length()
        with oracle.Place() as place:
            ours, ledger = by_us("libtickaudit.so", build, case, place)
            theirs = by_valgrind(case, place, ledger)
            over_mimalloc, _ = by_us("libtickaudit-mimalloc.so", build, case, place)
        if pid_length() == length:
            return ours, theirs, over_mimalloc


def compare(build, case):
    ours, theirs, over_mimalloc = run_each(build, case)
    good = same(case, "valgrind alone", plus(theirs, case.ours_more), ours)
    good &= same(case, "over glibc", plus(ours, case.mimalloc_more), over_mimalloc)
    if good:
        print(f"the same: {case.name}: {ours.totals}")
    return good


def main():
    build, group = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not oracle.valgrind_runs():
        print("no valgrind: nothing to compare with")
        return oracle.SKIPPED
    cases = [case for case in oracle.cases_of(programs.groups(build), group) if case.deterministic]
    outcomes = [compare(build, case) for case in cases]
    return oracle.SKIPPED if not outcomes else 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
