"""The same question in straightforward Python: SIP messages by minute, side, far end and kind, one line each."""
import binascii
import re
import sys
from collections import Counter

PROCESS = re.compile(r":(\w*\(\d+\)):")
CSEQ = re.compile(r"^CSeq:\s*(\d+)\s+(\S+)", re.IGNORECASE | re.MULTILINE)
TO = re.compile(r"^(?:To|t)\s*:\s*(.*)$", re.IGNORECASE | re.MULTILINE)


def address(digits):
    return ".".join(str(int(digits[at:at + 2], 16)) for at in range(0, 8, 2))


def count(counts, minute, digits):
    is_in = digits[:2] == "8a"
    far = address(digits[4:12] if is_in else digits[18:26])
    text = binascii.unhexlify(digits[34:]).decode("latin-1").split("\r\n\r\n", 1)[0]
    match = CSEQ.search(text)
    if not match:
        return
    word = text.split(" ", 2)
    if word[0] == "SIP/2.0":
        kind = word[1]
    else:
        kind = word[0]
        to = TO.search(text) if kind == "INVITE" else None
        if to and ";tag=" in to.group(1).rsplit(">", 1)[-1]:
            kind = "ReINVITE"
    counts[minute, "IN" if is_in else "OUT", far, kind] += 1


def main(paths):
    counts = Counter()
    pending = {}
    for path in paths:
        with open(path, encoding="latin-1", newline="\n") as lines:
            for line in lines:
                at = line.find("[MST")
                if at < 0:
                    continue
                end = line.rfind("]")
                process = PROCESS.search(line, 18, at).group(1)
                rest = line[at + 4:end].lstrip()
                if rest.startswith("++++"):
                    if process not in pending:
                        continue
                    record = pending[process]
                    record[2].append(rest[6:].replace(" ", ""))
                else:
                    size, pairs = rest.split("  ", 1)
                    if pairs[:2] not in ("8a", "8b"):
                        continue
                    record = pending[process] = [line[:13], 2 * int(size), [pairs.replace(" ", "")]]
                if sum(map(len, record[2])) >= record[1]:
                    del pending[process]
                    count(counts, record[0], "".join(record[2])[:record[1]])
    for key, number in sorted(counts.items()):
        print(",".join(key) + f",{number}")


main(sys.argv[1:])
