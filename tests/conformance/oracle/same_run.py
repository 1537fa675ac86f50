"""same_run.py BUILD GROUP: valgrind and the auditor count the same run of each program in the group, and
must agree to the last allocation, free and byte.

valgrind takes the place of the allocator below ours. So this holds for any program, whatever it
decides by addresses, clocks or threads. Programs that are not installed are named; 77 if all are not."""

import pathlib
import sys

import oracle
import programs


def run(build, case):
    with oracle.Place() as place:
        place.renew(case)
        process = oracle.start_and_end(
            [build / "tests/with_ledger", build / "libtickaudit.so", "live", place.totals, *oracle.COUNTING]
            + [oracle.BELOW_OURS.format(case.allocator), place.log_option, *case.command],
            case,
            place,
        )
        theirs = oracle.logged_totals(place.folder, process.pid)
        ours = oracle.ledger_totals(place.totals)
        if process.returncode == 0 and ours and theirs == ours:
            print(f"the same: {case.name}: {ours.allocs} allocs, {ours.frees} frees, {ours.bytes} bytes")
            return True
        print(place.stderr.read_text(errors="replace")[-2000:])
        print(f"NOT THE SAME: {case.name}: code {process.returncode}, valgrind {theirs}, we {ours}")
        return False


def main():
    build, group = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not oracle.valgrind_runs():
        print("no valgrind: nothing to compare with")
        return oracle.SKIPPED
    outcomes = [run(build, case) for case in oracle.cases_of(programs.groups(build), group)]
    return oracle.SKIPPED if not outcomes else 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
