"""check.py BUILD: the benchmark runs, tiny, and what it writes can be read: every row with every arm
that this machine has, each with figures that can be. Says nothing about how fast anything was."""

import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left in the sources

import rows
from arms import Arms

FIGURES = {"name", "median", "least", "greatest", "rounds"}


def faults_of_arm(where, arm):
    if not FIGURES <= arm.keys():
        yield f"{where}: lacks {sorted(FIGURES - arm.keys())}"
    elif not 0 <= arm["least"] <= arm["median"] <= arm["greatest"] or arm["rounds"] < 1:
        yield f"{where}: figures that cannot be: {arm}"
    if ("base" in arm) != ("ratio" in arm):
        yield f"{where}: a base and a ratio go together"


def expected(build, missing):
    """The rows of the tiny form, by group and case, with the names of their arms."""
    with tempfile.TemporaryDirectory() as work:
        return {(row.group, row.case): [entry.label for entry in row.entries]
                for row in rows.all_rows(build, work, rows.Scale(True), missing)}


def faults(content, wanted, missing):
    if (content.get("schema"), content.get("version"), content.get("scale")) != ("tickaudit-bench", 1, "tiny"):
        yield "not the file that was asked for"
    for part in ("machine", "versions", "aims"):
        if not content.get(part):
            yield f"no {part}"
    if {left["arm"] for left in content["left_out"]} != set(missing):
        yield f"left out: {content['left_out']}, and missing are {sorted(missing)}"
    got = {(row["group"], row["case"]): row["arms"] for row in content["rows"]}
    if got.keys() != wanted.keys():
        yield f"rows: {sorted(got.keys() ^ wanted.keys())} are in one of the two only"
    for key, arms in got.items():
        if [arm["name"] for arm in arms] != wanted.get(key):
            yield f"{key}: arms {[arm['name'] for arm in arms]}, not {wanted.get(key)}"
        for arm in arms:
            yield from faults_of_arm(f"{key}: {arm['name']}", arm)


def main(build):
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a folder", "bench.json")
        done = subprocess.run([sys.executable, os.path.join(here, "run"), build, "tiny", "--json", path], check=False)
        if done.returncode != 0:
            return 1
        if os.listdir(os.path.dirname(path)) != ["bench.json"]:
            print(f"left behind: {os.listdir(os.path.dirname(path))}")
            return 1
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    missing = Arms(build, "").missing()
    found = list(faults(content, expected(build, missing), missing))
    print("\n".join(found) if found else f"{len(content['rows'])} rows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
