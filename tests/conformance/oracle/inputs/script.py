"""Dicts, json, regular expressions, classes, generators, exceptions and text that grows."""

import collections
import json
import re
import sys

size = 200 if sys.argv[1:] == ["less"] else 3000
words = " ".join(f"word{i * 7919 % 331}" for i in range(size))
seen = collections.Counter(re.findall(r"\w+", words))
print(seen.most_common(3))
table = {i: {"name": str(i), "values": list(range(i % 30))} for i in range(size)}
text = json.dumps(table)
print(len(text), len(json.loads(text)))


class Node:
    def __init__(self, depth):
        self.children = [Node(depth - 1) for _ in range(3)] if depth else []

    def count(self):
        return 1 + sum(child.count() for child in self.children)


print(Node(5).count())
try:
    json.loads("{")
except ValueError as error:
    print(error)
text = ""
for i in range(size):
    text += str(i)
print(len(text.encode()))
