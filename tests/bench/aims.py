"""What the figures are held against: the project's aims, each a figure of one arm of one row."""

# Name, group, case, arm, figure, the most that it may be.
AIMS = [
    ("counting a pair over glibc, ns", "pair", "malloc and free", "glibc+counting", "added", 2),
    ("counting a pair over mimalloc, ns", "pair", "malloc and free", "mimalloc+counting", "added", 2),
    ("the same with live bytes over glibc, ns", "pair", "malloc and free", "glibc+live", "added", 5),
    ("the same with live bytes over mimalloc, ns", "pair", "malloc and free", "mimalloc+live", "added", 5),
    ("full stack of each pair, depth 8, frame pointers, ns", "stacks", "depth 8, frame pointers",
     "glibc+stacks", "added", 25),
    ("full stack of each pair, depth 8, no frame pointers, ns", "stacks", "depth 8, no frame pointers",
     "glibc+stacks", "added", 80),
    ("a tick's begin and end, 16 threads, ns", "tick", "16 threads", "glibc+ticks", "added", 200),
    ("a tick marked, no auditor, ns", "marker", "no auditor in the process", "tick", "added", 1),
    ("a hot path marked, no auditor, ns", "marker", "no auditor in the process", "hot", "added", 1),
    ("an allowed stretch marked, no auditor, ns", "marker", "no auditor in the process", "allow", "added", 1),
]


def figure_of(rows, group, case, arm, figure):
    for row in rows:
        if (row["group"], row["case"]) == (group, case):
            for entry in row["arms"]:
                if entry["name"] == arm:
                    return entry[figure]
    return None


def judged(rows):
    """Each aim with what was measured; also, per program, whether it is faster counted over mimalloc
    than on plain glibc."""
    aims = list(AIMS)
    for row in rows:
        if row["group"] == "program":
            aims.append((f"{row['case']}: counted over mimalloc by plain glibc, ratio", "program", row["case"],
                         "mimalloc+counting", "ratio", 1))
    for name, group, case, arm, figure, most in aims:
        measured = figure_of(rows, group, case, arm, figure)
        if measured is not None:
            yield {"aim": name, "most": most, "measured": measured, "met": measured <= most}
