"""Threads that fill blocks and hash words at the same time, more than once."""

import re
import threading

size = 3000
results = [0] * 4


def work(which):
    block = b""
    for i in range(size // 20):
        block += bytes(600) + b"x" * (i % 7)
        results[which] = len(block)


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
print(len(set(re.findall(r"\w+", " ".join(map(str, range(size)))))))
