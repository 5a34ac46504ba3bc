"""Checks the tiles of an export of all events: which files there are, how long they are, and that they make the signed root.

The rules are those of C2SP tlog-tiles; the hashes those of RFC 6962, section 2.1.
"""

import base64
import hashlib
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
origin, size, signed = (root / "checkpoint").read_text().split("\n")[:3]
size = int(size)


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node(tree(hashes[:middle]), tree(hashes[middle:]))


def path(prefix, number, width):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return f"{prefix}/{'/'.join(groups)}" + ("" if width == 256 else f".p/{width}")


expected, leaves = set(), []
for number in range((size + 255) // 256):
    width = min(256, size - number * 256)
    name = path("tile/entries", number, width)
    expected.add(name)
    bundle, entries = (root / name).read_bytes(), []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2 : 2 + length])
        assert len(entries[-1]) == length, f"{name} ends inside an entry"
        bundle = bundle[2 + length :]
    assert len(entries) == width, f"{name} has {len(entries)} entries"
    leaves += [hashlib.sha256(b"\0" + entry).digest() for entry in entries]

level, row = 0, leaves
while row:
    above = []
    for number in range((len(row) + 255) // 256):
        part = row[number * 256 : number * 256 + 256]
        name = path(f"tile/{level}", number, len(part))
        expected.add(name)
        assert (root / name).read_bytes() == b"".join(part), f"{name} has other hashes"
        if len(part) == 256:
            above.append(tree(part))
    level, row = level + 1, above

found = {str(file.relative_to(root)) for file in (root / "tile").rglob("*") if file.is_file()}
assert found == expected, f"other tiles than expected: {sorted(found ^ expected)[:5]}"
assert tree(leaves) == base64.b64decode(signed), "the entries do not make the signed root"
print(f"{origin}: {size} entries, {len(found)} tiles and bundles, the signed root")
