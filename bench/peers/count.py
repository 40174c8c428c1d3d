"""The same question in straightforward Python: denials by minute and event number, one line each."""
import re
import sys
from collections import Counter

DENIAL = re.compile(r"DENYEVT\b.*?\bevent=(?P<event>\d+)\s+d1=(?P<d1>[^\s\]]*)\s+d2=(?P<d2>[^\s\]]*)[^\n]*\]")


def main(paths):
    counts = Counter()
    for path in paths:
        with open(path, encoding="latin-1", newline="\n") as lines:
            for line in lines:
                if "DENYEVT" not in line:
                    continue
                match = DENIAL.search(line)
                if match:
                    counts[line[:13], match.group("event")] += 1
    for (minute, event), count in sorted(counts.items()):
        print(f"{minute},{event},{count}")


main(sys.argv[1:])
