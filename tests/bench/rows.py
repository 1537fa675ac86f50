"""All that is measured: see docs/performance.md for what it is held against."""

from arms import OURS, PLAIN, underneath
from measure import Entry, Row
from programs import PROGRAMS

DEPTHS = (8, 16, 32)
CODES = (("stacks_pointers", "frame pointers"), ("stacks_tables", "no frame pointers"))
THREADS = (("1 thread", ["1"]), ("16 threads", ["16"]), ("16 threads, one allocating", ["16", "busy"]))
MARKERS = ("tick", "hot", "allow")


class Scale:
    """How much is done: rounds of a row, of arms that take much longer, and of whole programs."""

    def __init__(self, tiny):
        self.tiny = tiny
        self.rounds, self.slow_rounds, self.program_rounds = (1, 1, 1) if tiny else (9, 3, 5)

    def units(self, full):
        return str(min(full, 200) if self.tiny else full)


def compared(scale, rounds, command_of):
    """Plain, ours over each, and the tools of others; `command_of(slowness)` is the command for an arm
    that is so many times slower."""
    for arm in PLAIN:
        yield Entry(arm, arm, command_of(1), rounds, "glibc" if arm != "glibc" else None)
    for arm in OURS:
        yield Entry(arm, arm, command_of(1), rounds, underneath(arm))
    yield Entry("heaptrack", "heaptrack", command_of(10), scale.slow_rounds, "glibc")


def pairs(build, scale):
    def command(slowness):
        return [f"{build}/tests/pairs", scale.units(1_000_000 // slowness)]

    entries = [*compared(scale, scale.rounds, command),
               Entry("dhat", "dhat", command(100), scale.slow_rounds, "glibc")]
    return [Row("pair", "malloc and free", "ns", entries)]


def programs(work, scale):
    """A whole program, once in full; and a small form for DHAT, which would take minutes."""
    for program in PROGRAMS:
        if program.missing():
            continue
        full = program.make(work, program.tiny if scale.tiny else program.full)
        small = program.make(work, program.tiny if scale.tiny else program.small)
        entries = list(compared(scale, scale.program_rounds, lambda _, full=full: full))
        for entry in entries:
            if entry.arm.startswith("mimalloc+"):  # that it is faster than plain glibc is an aim of ours
                entry.base = "glibc"
        yield Row("program", program.name, "s", entries, program.environment)
        yield Row("program, small", program.name, "s",
                  [Entry("glibc", "glibc", small, scale.slow_rounds),
                   Entry("dhat", "dhat", small, 1, "glibc")], program.environment)


def stacks(build, scale):
    for program, code in CODES:
        for depth in DEPTHS:
            def command(slowness, program=program, depth=depth):
                return [f"{build}/tests/{program}", scale.units(200_000 // slowness), str(depth)]

            yield Row("stacks", f"depth {depth}, {code}", "ns",
                      [Entry("glibc", "glibc", command(1), scale.rounds),
                       Entry("glibc+stacks", "glibc+stacks", command(1), scale.rounds, "glibc"),
                       Entry("mimalloc", "mimalloc", command(1), scale.rounds),
                       Entry("mimalloc+stacks", "mimalloc+stacks", command(1), scale.rounds, "mimalloc"),
                       Entry("heaptrack", "heaptrack", command(10), scale.slow_rounds, "glibc")])


def ticks(build, scale):
    for case, arguments in THREADS:
        command = [f"{build}/tests/ticks", scale.units(20_000), *arguments]
        yield Row("tick", case, "ns",
                  [Entry("no auditor", "glibc", command, scale.rounds),
                   Entry("glibc+ticks", "glibc+ticks", command, scale.rounds, "no auditor")])


def markers(build, scale):
    def entry(marker, base=None):
        command = [f"{build}/tests/markers", scale.units(10_000_000), marker]
        return Entry("unmarked" if marker == "none" else marker, "glibc", command, scale.rounds, base)

    return [Row("marker", "no auditor in the process", "ns",
                [entry("none"), *(entry(marker, "unmarked") for marker in MARKERS)])]


def all_rows(build, work, scale, missing):
    """Every row, without the arms in `missing`; a row that only they would make is left out."""
    for rows in (pairs(build, scale), programs(work, scale), stacks(build, scale), ticks(build, scale),
                 markers(build, scale)):
        for row in rows:
            row.entries = [entry for entry in row.entries if entry.arm not in missing]
            if len(row.entries) > 1:
                yield row
