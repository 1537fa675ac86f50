"""family.py BUILD: valgrind with --trace-children=yes and `tickaudit exec --follow` count the same run
of a program that starts others, and must agree process by process, to the last byte.

valgrind itself is one of the followed programs, between fork and exec; of a process only what it was
last is compared, which is all that valgrind has a sum of. A forked child begins with its parent's
sum in valgrind and with nothing here: those that are compared have parents that allocate nothing."""

import json
import pathlib
import re
import sys

import oracle
import programs

VALGRINDS = "valgrind"  # its own program's name begins so
SHELL = "/bin/sh"


def families(build):
    """By name: the case, and how many processes it makes at least."""
    pipeline = "/bin/ls / | /usr/bin/sort | /bin/cat; (/bin/echo a; /bin/echo b)"
    gxx = (programs.GXX, "-c", "-o", "out.o", "some.cpp")
    forks = (str(build / "tests/exec_follows"), "many", "5")
    return [
        (programs.Case("a pipeline", (SHELL, "-c", pipeline)), 6),
        (programs.git_case("commit", "commit", "-qm", "all"), 1),
        (programs.Case("g++ -c", gxx, programs.copy_of("some.cpp")), 3),
        (programs.Case("forks without exec", forks), 5),
    ]


def counted_by_valgrind(folder):
    """By process; those of it that allocated nothing are none."""
    found = {}
    for log in folder.glob("valgrind.*.log"):
        totals = oracle.logged_totals(folder, name=log.name)
        if totals and totals.allocs + totals.frees > 0:
            found[int(re.search(r"\.(\d+)\.log", log.name)[1])] = totals
    return found


def counted_by_us(path):
    """By process, what it was last; the list is in the order in which they began."""
    found = {}
    for process in json.loads(path.read_text())["processes"]:
        found.pop(process["id"], None)
        if not pathlib.Path(process["program"]).name.startswith(VALGRINDS):
            found[process["id"]] = oracle.Totals(*(process[field] for field in oracle.Totals._fields))
    return {process: totals for process, totals in found.items() if totals.allocs + totals.frees > 0}


def run(build, case, at_least):
    with oracle.Place() as place:
        place.renew(case)
        result = place.folder / "result.json"
        process = oracle.start_and_end(
            [build / "tickaudit", "exec", "-q", "--follow", "--json", result, "--", *oracle.COUNTING]
            + ["--trace-children=yes", oracle.BELOW_OURS.format(case.allocator), place.log_option]
            + list(case.command),
            case,
            place,
        )
        theirs = counted_by_valgrind(place.folder)
        ours = counted_by_us(result) if result.exists() else {}
        if process.returncode == 0 and ours == theirs and len(ours) >= at_least:
            print(f"the same: {case.name}: {len(ours)} processes, {sum(t.allocs for t in ours.values())} allocs")
            return True
        print(place.stderr.read_text(errors="replace")[-2000:])
        print(f"NOT THE SAME: {case.name}: code {process.returncode}, at least {at_least} processes")
        for pid in sorted(set(ours) | set(theirs)):
            print(f"  {pid}: valgrind {theirs.get(pid)}, we {ours.get(pid)}")
        return False


def main():
    build = pathlib.Path(sys.argv[1])
    if not oracle.valgrind_runs():
        print("no valgrind: nothing to compare with")
        return oracle.SKIPPED
    cases = [(case, at_least) for case, at_least in families(build) if case.installed]
    return 0 if all([run(build, *each) for each in cases]) else 1


if __name__ == "__main__":
    sys.exit(main())
