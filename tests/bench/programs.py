"""Programs of others that allocate much and do the same in each run: what an audit costs outside of a
loop that does nothing else. Each has a size, from that of the tiny form to that of a second or two."""

import os
import shutil
import subprocess

SQL = """
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, kind TEXT, price INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size})
INSERT INTO item SELECT i, printf('item %08d of many', i * 7919 % 1000003), 'kind ' || (i % 97), i * 31 % 997 FROM n;
CREATE INDEX by_name ON item(name);
SELECT kind, count(*), sum(price), max(upper(name) || lower(kind)), json_group_array(price) IS NULL
FROM item GROUP BY kind ORDER BY 3 DESC LIMIT 3;
SELECT count(DISTINCT replace(name, 'item', kind)) FROM item;
"""

PERL = """
my (%orders, $sum);
for my $i (1 .. $ARGV[0]) {
    my $key = "customer " . ($i * 7919 % 10007);
    push @{$orders{$key}{lines}}, { number => $i, text => "line $i of $key" };
    delete $orders{"customer " . ($i * 31 % 10007)} if $i % 5 == 0;
}
$sum += length($_->{text}) for map { @{$_->{lines}} } values %orders;
print "$sum\n";
"""

PYTHON = """
import sys
index = {}
for i in range(int(sys.argv[1])):
    key = "key %d" % (i * 7919 % 50021)
    index.setdefault(key, []).append({"number": i, "text": "value %d" % i, "half": i / 2})
    if i % 5 == 0:
        index.pop("key %d" % (i * 31 % 50021), None)
print(sum(len(entry["text"]) for entries in index.values() for entry in entries))
"""

CXX_HEAD = "#include <map>\n#include <string>\n#include <vector>\n"
CXX_ONE = """
struct item_{n} {{ int number; std::string text; bool operator<(const item_{n} &o) const {{ return number < o.number; }} }};
int use_{n}(int i) {{
    std::map<item_{n}, std::vector<item_{n}>> all;
    all[item_{n}{{i, "text"}}].push_back(item_{n}{{i, "more"}});
    return (int)all.size();
}}
"""


def sqlite(work, size):
    path = os.path.join(work, f"items-{size}.sql")
    with open(path, "w", encoding="utf-8") as script:
        script.write(SQL.format(size=size))
    return ["sqlite3", "-batch", "-init", path, ":memory:", ".quit"]


def perl(work, size):
    return ["perl", "-e", PERL, str(size)]


def python(work, size):
    return ["/usr/bin/python3", "-S", "-c", PYTHON, str(size)]


def compiler(work, size):
    """The compiler proper, since its driver would start it as a child. Of size 0: nothing to compile."""
    path = os.path.join(work, f"templates-{size}.cc")
    with open(path, "w", encoding="utf-8") as source:
        source.write((CXX_HEAD if size else "") + "".join(CXX_ONE.format(n=n) for n in range(size)))
    said = [subprocess.run(["g++", question], capture_output=True, text=True, check=True).stdout.strip()
            for question in ("-print-prog-name=cc1plus", "-print-multiarch")]
    return [said[0], "-quiet", "-D_GNU_SOURCE", "-imultiarch", said[1], path, "-o", "/dev/null"]


class Program:
    def __init__(self, name, needs, make, sizes, environment=None):
        self.name, self.needs, self.make = name, needs, make
        self.tiny, self.small, self.full = sizes
        self.environment = environment or {}

    def missing(self):
        return None if shutil.which(self.needs) else f"{self.needs} is not installed"


# PERL_HASH_SEED and PYTHONHASHSEED: a hash table of the same order in each run. PYTHONMALLOC: left to
# itself, Python cuts its small objects out of large pieces and calls malloc a thousand times in all.
PROGRAMS = [
    Program("sqlite3 in memory", "sqlite3", sqlite, (200, 10_000, 250_000)),
    Program("perl, hashes and strings", "perl", perl, (200, 20_000, 500_000), {"PERL_HASH_SEED": "0"}),
    Program("python3, dictionaries", "/usr/bin/python3", python, (200, 20_000, 300_000),
            {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}),
    Program("g++'s compiler, templates", "g++", compiler, (0, 0, 15)),
]
