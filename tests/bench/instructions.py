"""Instructions per malloc and free pair, by callgrind: the difference of two numbers of pairs, so that
what a program does at its start is not in it. Equal from run to run, so that bounds can be held."""

import json
import re
import shutil
import tempfile

from arms import OURS, PLAIN, Arms, underneath
from measure import Failed, run

EXIT_BROKEN, EXIT_SKIPPED = 1, 77
FEW, MANY, REPETITIONS = 1000, 5000, 5

# Added to the same allocator without us, at most. Of mimalloc 2.0.9 alone a freed block's usable size is known
# without a call of mi_usable_size() (assumption mimalloc_page).
BOUNDS = {"glibc+counting": 28, "glibc+live": 69, "mimalloc+counting": 28, "mimalloc+live": 79}
BOUND_WITH_CALL = 125


def knows_pages(arms):
    """By `tickaudit check`: whether the assumption is in use with the mimalloc of this system."""
    told = run([f"{arms.build}/tickaudit", "check", "--allocator", "mimalloc", "--json"], environment={}).stdout
    return json.loads(told)[0]["assumptions"]["mimalloc_page"] == "holds"


def collected(arms, arm, pairs):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"{arms.build}/tests/pairs",
               str(pairs)]
    found = re.search(r"Collected : (\d+)", run(*arms.command(arm, command, {})).stderr)
    if not found:
        raise Failed(f"{arm}: callgrind collected nothing")
    return int(found.group(1))


def main(build):
    if not shutil.which("valgrind"):
        print("no valgrind: no instructions counted")
        return EXIT_SKIPPED
    with tempfile.TemporaryDirectory() as work:
        arms = Arms(build, work)
        each = {arm: (collected(arms, arm, MANY) - collected(arms, arm, FEW)) / ((MANY - FEW) * REPETITIONS)
                for arm in (*PLAIN, *OURS)}
        bounds = BOUNDS if knows_pages(arms) else BOUNDS | {"mimalloc+live": BOUND_WITH_CALL}
    print("instructions per pair")
    broken = False
    for arm, count in each.items():
        if arm in PLAIN:
            print(f"  {arm:<20} {count:8.2f}")
            continue
        added = count - each[underneath(arm)]
        broken |= added > bounds[arm]
        print(f"  {arm:<20} {count:8.2f}  {added:+8.2f}  at most {bounds[arm]}"
              + ("  BROKEN" if added > bounds[arm] else ""))
    return EXIT_BROKEN if broken else 0
