#!/usr/bin/env python3
"""Writes each entry of the log as the PyPI package rfc8785 does (RFC 8785), and compares the bytes.

usage: entries.py entries.jsonl
"""
import json
import sys

import rfc8785

count = 0
for line in open(sys.argv[1], encoding="utf-8"):
    leaf = json.loads(line)["leaf"]
    assert rfc8785.dumps(json.loads(leaf)) == leaf.encode(), f"entry {count}: {leaf}"
    count += 1
assert count > 0
print(f"rfc8785 (PyPI): {count} entries have the same bytes")
