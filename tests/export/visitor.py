"""Prints the id of the visitor with the most events in an internal export."""

import base64
import collections
import json
import sys
import zipfile

counts = collections.Counter()
for line in zipfile.ZipFile(sys.argv[1]).read("events.jsonl").decode().splitlines():
    for disclosure in json.loads(line).get("disclosures", []):
        _, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        if name == "subject":
            counts[value] += 1
print(counts.most_common(1)[0][0])
