"""What the oracle's parts share: running a program under valgrind and under the auditor in a world of
its own, and what each of them counted."""

import pathlib
import re
import shutil
import subprocess
import tempfile
from collections import namedtuple

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
NOT_AUDITED = 99  # with_ledger: it ran, but nothing was counted
LONGEST_SECONDS = 300  # what hangs is ended; the slowest takes 25 on a quiet machine

Totals = namedtuple("Totals", "allocs frees bytes")
Ran = namedtuple("Ran", "totals code outputs")

# Neither libc nor libstdc++ clean up for valgrind's sake: no program did those frees. What memcheck
# would find in the program's values is of no interest here, and not looking doubles the speed.
COUNTING = (
    "valgrind",
    "--run-libc-freeres=no",
    "--run-cxx-freeres=no",
    "--leak-check=no",
    "--undef-value-errors=no",
    "--vgdb=no",
)
# valgrind takes the place of libc's malloc only, which ours calls, and leaves ours alone.
BELOW_OURS = "--soname-synonyms=somalloc={}"


def world(folder, extra=()):
    """The same small environment for everyone, with nothing from the caller's settings."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.update(extra)
    return environment


def valgrind_runs():
    """False when there is no valgrind, and so no oracle."""
    try:
        return subprocess.run(["valgrind", "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def logged_totals(folder, parent=None, name="valgrind.*.log"):
    """The one log in the folder of a process that had this parent, or of any parent."""
    for log in sorted(folder.glob(name)):
        text = log.read_text(errors="replace")
        usage = re.search(r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes", text)
        whose = re.search(r"Parent PID: (\d+)", text)
        if usage and whose and parent in (None, int(whose[1])):
            return Totals(*(int(number.replace(",", "")) for number in usage.groups()))
    return None


def cases_of(groups, group):
    """The cases of a group that can be run; the others are named."""
    found = []
    for case in groups[group]:
        if case.installed:
            found.append(case)
        else:
            print(f"left out, not installed: {case.name} ({case.program})")
    return found


def ledger_totals(path):
    return Totals(*map(int, path.read_text().split())) if path.exists() else None


def start_and_end(command, case, place):
    """Runs it to its end in place.run, with what the case does beside it meanwhile."""
    stdin = place.run / case.stdin if case.stdin else "/dev/null"
    with open(place.stdout, "wb") as out, open(place.stderr, "wb") as err, open(stdin, "rb") as source:
        process = subprocess.Popen(
            command, stdin=source, stdout=out, stderr=err, cwd=place.run, env=world(place.run, case.environment)
        )
        try:
            if case.beside:
                case.beside(place.run, process)
            process.wait(LONGEST_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return process


class Place:
    """A folder of its own: `run`, with what the case needs and nothing else, and the logs beside it."""

    def __init__(self):
        self._kept = tempfile.TemporaryDirectory(prefix="oracle-")
        self.folder = pathlib.Path(self._kept.name)
        self.run = self.folder / "run"
        self.stdout, self.stderr = self.folder / "stdout", self.folder / "stderr"
        self.totals = self.folder / "totals"
        self.log_option = f"--log-file={self.folder}/valgrind.%p.log"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._kept.cleanup()

    def renew(self, case):
        """As before the first run, at the same path."""
        shutil.rmtree(self.folder)
        self.run.mkdir(parents=True)
        if case.prepare:
            case.prepare(self.run)

    def outputs(self):
        return self.stdout.read_bytes(), self.stderr.read_bytes()
