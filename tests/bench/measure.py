"""Measuring a row: its entries run in turn, round after round, so that a slow moment of the machine
meets all of them alike."""

import re
import resource
import statistics
import subprocess


class Failed(Exception):
    """A program did not run as it should: no figure is better than a wrong one."""


class Entry:
    """A command in an arm, held against the entry whose label is `base`, if that is there."""

    def __init__(self, label, arm, command, rounds, base=None):
        self.label, self.arm, self.command, self.rounds, self.base = label, arm, command, rounds, base
        self.samples = []


class Row:
    def __init__(self, group, case, unit, entries, environment=None):
        self.group, self.case, self.unit, self.entries = group, case, unit, entries
        self.environment = environment or {}


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:6])} ...: exit {done.returncode}\n{done.stderr[-500:]}")
    return done


def nanoseconds_printed(command, environment):
    """What the program says itself: heaptrack prints lines of its own around it."""
    figures = re.findall(r"^\d+\.\d+$", run(command, environment).stdout, re.MULTILINE)
    if len(figures) != 1:
        raise Failed(f"{' '.join(command[:6])} ... printed {len(figures)} figures, not one")
    return float(figures[0])


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_taken(command, environment):
    """Of all processors, the kernel's part and that of the tool's other processes included: on a machine
    that does other things too it says more than the clock on the wall."""
    begin = processor_seconds()
    run(command, environment)
    return processor_seconds() - begin


MEASURES = {"ns": nanoseconds_printed, "s": seconds_taken}


def summed_up(entry, by_label):
    figures = {"name": entry.label, "median": statistics.median(entry.samples), "least": min(entry.samples),
               "greatest": max(entry.samples), "rounds": len(entry.samples)}
    base = by_label.get(entry.base)
    if base:
        of_base = statistics.median(base.samples)
        figures.update(base=base.label, added=figures["median"] - of_base, ratio=figures["median"] / of_base)
    return figures


def take(row, arms):
    """The row's figures, as they stand in the file."""
    measure = MEASURES[row.unit]
    for turn in range(max(entry.rounds for entry in row.entries)):
        for entry in row.entries:
            if turn < entry.rounds:
                command, environment = arms.command(entry.arm, entry.command, row.environment)
                entry.samples.append(measure(command, environment))
    by_label = {entry.label: entry for entry in row.entries}
    return {"group": row.group, "case": row.case, "unit": row.unit,
            "arms": [summed_up(entry, by_label) for entry in row.entries]}
