"""check.py RULE FOLDER: holds the sources in a folder against one rule of docs/style.md.

Prints each finding as path:line: text and exits 1 when there is one.
The rule every_rule_can_fail ignores the folder: it shows each other rule a sample that breaks it.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LINES_MAX = 600
C_SUFFIXES = {".c", ".h", ".cc", ".cpp", ".hpp"}
TEXT_SUFFIXES = C_SUFFIXES | {".md", ".py", ".sh", ".cmake", ".txt", ".json"}
PUBLIC_FOLDERS = ("harness/include", "sim/include", "renderer_stub/include")
SHIPPED = ("harness/", "sim/", "renderer_stub/")


def files_of(root, suffixes):
    """The tracked files (all files, where there is no git) with these suffixes, with their text."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.split("\0")
    else:
        names = [str(p.relative_to(root)) for p in pathlib.Path(root).rglob("*")]
    for name in sorted(names):
        path = pathlib.Path(root, name)
        if path.suffix in suffixes and not name.startswith("build") and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blank(match):
    """The matched text as spaces, so that lines and columns stay where they were."""
    return re.sub(r"[^\n]", " ", match.group())


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m) if m.group().startswith("/") else m.group(), text)


def comments_alone(text):
    """Comments stay, everything else becomes spaces."""
    kept = [" " if c != "\n" else c for c in text]
    for match in TOKEN.finditer(text):
        if match.group().startswith("/"):
            kept[match.start() : match.end()] = match.group()
    return "".join(kept)


def length(root):
    for name, text in files_of(root, C_SUFFIXES | {".py", ".sh"}):
        lines = text.count("\n")
        if lines > LINES_MAX:
            yield name, LINES_MAX, f"{lines} lines, {LINES_MAX} are the most"


def type_names(root):
    ours = re.compile(r"\b(?:struct|enum|union)\s+(\w+_t)\b|\btypedef\b[^;{]*?\b(\w+_t)\s*;|\}\s*(\w+_t)\s*;")
    for name, text in files_of(root, C_SUFFIXES):
        for match in ours.finditer(without_comments(text)):
            type_name = next(group for group in match.groups() if group)
            yield name, line_of(text, match.start()), f"{type_name}: types of ours have no _t"


def public_headers(root):
    return [(n, t) for n, t in files_of(root, {".h"}) if n.startswith(PUBLIC_FOLDERS)]


def headers_alone(root):
    paths = [f"-I{pathlib.Path(root, folder)}" for folder in PUBLIC_FOLDERS]
    strict = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    languages = [("c", "c17", ["gcc", "clang"]), ("c", "c2x", ["gcc", "clang"]),
                 ("c++", "c++17", ["g++", "clang++"])]
    for name, _ in public_headers(root):
        if "criterion" in name:
            languages_here = languages[:1]  # needs Criterion's own header, which is not this strict
        else:
            languages_here = languages
        for language, standard, compilers in languages_here:
            for compiler in filter(shutil.which, compilers):
                # Included, not compiled itself: a header as main file warns about its own guard.
                source = f'#include "{pathlib.Path(root, name)}"\nextern int something;\n'
                done = subprocess.run(
                    [compiler, f"-std={standard}", "-x", language, *strict, *paths, "-"],
                    input=source, capture_output=True, text=True)
                if done.returncode != 0:
                    yield name, 1, f"not alone as {standard} with {compiler}:\n{done.stderr}"


def comments(root):
    """A function is commented by a comment that ends right above it, or above its group of lines."""
    for name, text in public_headers(root):
        lines = text.split("\n")
        code = without_comments(text).split("\n")
        for index, line in enumerate(code):
            declares = re.match(r"[A-Za-z_][\w\s*]*?\b(\w+)\s*\([^)]*(\)[^;{]*[;{]|,\s*$)", line)
            if not declares or line.startswith(("typedef", "return", "static_assert", "_Static_assert")):
                continue
            above = index - 1
            while above >= 0 and code[above].strip() and not code[above].startswith(("#", "extern")):
                above -= 1
            if above < 0 or not lines[above].strip() or code[above].strip():
                if "//" not in lines[index] and "/*" not in lines[index]:
                    yield name, index + 1, f"{declares.group(1)}() has no comment"


def words(root):
    everywhere = [
        (re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/"), "a path of somebody's machine"),
        (re.compile(r"\b(?:issue|pull request|PR) #\d+", re.IGNORECASE), "an issue number says nothing here"),
    ]
    in_comments = [
        (re.compile(r"(?<![\w&])#\d+\b"), "an issue number says nothing here"),
        (re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"), "finish it, or list it in the documents as open"),
    ]
    for name, text in files_of(root, TEXT_SUFFIXES):
        if name.startswith("tests/integration/style/"):
            continue
        inside = comments_alone(text) if pathlib.Path(name).suffix in C_SUFFIXES else ""
        for searched, rules in ((text, everywhere), (inside, in_comments)):
            for pattern, reason in rules:
                for match in pattern.finditer(searched):
                    yield name, line_of(text, match.start()), f"{match.group()!r}: {reason}"


def may_include(name, included):
    """The arrows of docs/architecture.md that include paths alone cannot enforce."""
    if ".." in included.split("/"):
        return False
    if name.startswith(("sim/src/", "sim/include/")):
        return not included.startswith(("renderer/", "tickaudit/")) or included == "tickaudit/tickaudit.h"
    if name.startswith("renderer_stub/"):
        return not included.startswith(("sim/", "tickaudit/"))
    if name.startswith("harness/"):
        return not included.startswith(("renderer/", "sim/")) or included == "sim/switches.h"
    return True


def includes(root):
    pattern = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]', re.MULTILINE)
    for name, text in files_of(root, C_SUFFIXES):
        for match in pattern.finditer(text):
            if name.startswith(SHIPPED) and not may_include(name, match.group(1)):
                yield name, line_of(text, match.start()), f"{match.group(1)}: against the direction of the data"


def gnu_source(root):
    pattern = re.compile(r"^[ \t]*#[ \t]*define[ \t]+_GNU_SOURCE\b", re.MULTILINE)
    for name, text in files_of(root, C_SUFFIXES):
        code = without_comments(text)
        for match in pattern.finditer(code):
            if name.endswith(".h"):
                yield name, line_of(text, match.start()), "_GNU_SOURCE in a header reaches whoever includes it"
            elif re.search(r"^[ \t]*#[ \t]*include\b", code[: match.start()], re.MULTILINE):
                yield name, line_of(text, match.start()), "_GNU_SOURCE after an include comes too late"


# One file per rule, or several, each of which the rule must find.
BAD_SAMPLES = {
    length: [("harness/a.c", "int a;\n" * (LINES_MAX + 1))],
    type_names: [
        ("harness/a.h", "typedef struct box box_t;\n"),
        ("harness/b.c", "struct box_t {\n    int a;\n};\n"),
        ("harness/c.c", "typedef enum {\n    ONE\n} box_t;\n"),
    ],
    headers_alone: [
        ("sim/include/sim/a.h", "size_t f(void);\n"),
        ("sim/include/sim/b.h", "int class(int new);\n"),
    ],
    comments: [
        ("sim/include/sim/a.h", "int ta_bare(int a);\n"),
        ("sim/include/sim/b.h", "/* About another. */\nint ta_other;\n\nint ta_bare(int a,\n            int b);\n"),
        ("sim/include/sim/c.h", "static inline int ta_bare(void) {\n    return 1;\n}\n"),
    ],
    words: [
        ("harness/a.c", "/* see #12 */\n"),
        ("harness/b.c", "// TODO: later\n"),
        ("docs/a.md", "It lies in /home/someone/x.\n"),
        ("docs/b.md", "Fixed with issue #7.\n"),
    ],
    includes: [
        ("harness/cli/a.c", '#include "../audit/audit.h"\n'),
        ("sim/src/a.c", "#include <renderer/renderer.h>\n"),
        ("sim/src/b.c", '#include "tickaudit/workload.h"\n'),
        ("renderer_stub/src/a.c", '#include "sim/sim.h"\n'),
        ("harness/run/a.c", '#include "sim/sim.h"\n'),
    ],
    gnu_source: [
        ("harness/a.h", "#define _GNU_SOURCE\n"),
        ("harness/b.c", "#include <stdio.h>\n#define _GNU_SOURCE\n"),
    ],
}

GOOD_SAMPLES = [
    ("harness/a.c", '#define _GNU_SOURCE\n#include "tickaudit/tickaudit.h"\nuint8_t f(void);\n'
                    'const char *colour = "#123";\n'),
    ("sim/include/sim/a.h", "/* Both: may not allocate. */\nint ta_one(int a);\nint ta_two(int a,\n           int b);\n"),
]


def findings_in(samples, rule):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in samples:
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(rule(folder))


def every_rule_can_fail(_root):
    for rule, samples in BAD_SAMPLES.items():
        for sample in samples:
            if not findings_in([sample], rule):
                yield sample[0], 1, f"the rule {rule.__name__} is blind to: {sample[1][:80]!r}"
        for name, line, text in findings_in(GOOD_SAMPLES, rule):
            yield name, line, f"the rule {rule.__name__} is wrong about a good sample: {text}"


def main():
    rules = {rule.__name__: rule for rule in [*BAD_SAMPLES, every_rule_can_fail]}
    if len(sys.argv) != 3 or sys.argv[1] not in rules:
        sys.exit(f"usage: check.py {'|'.join(rules)} FOLDER")
    findings = list(rules[sys.argv[1]](sys.argv[2]))
    for name, line, text in findings:
        print(f"{name}:{line}: {text}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
