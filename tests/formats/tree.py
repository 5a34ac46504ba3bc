#!/usr/bin/env python3
"""Compares roots and proofs of inclusion of the log's tree with those of pymerkle; its proofs of consistency are of another form.

usage: tree.py trees.jsonl
"""
import json
import sys

from pymerkle import InmemoryTree

tree = InmemoryTree(algorithm="sha256")
trees = proofs = 0
for line in open(sys.argv[1], encoding="utf-8"):
    case = json.loads(line)
    size = case["size"]
    while tree.get_size() < size:
        tree.append_entry(f"entry {tree.get_size()}".encode())
    root = tree.get_root(size)
    assert root.hex() == case["root"], f"root of {size}"
    trees += 1
    for index, path in case["inclusion"]:
        theirs = tree.prove_inclusion(index + 1, size)
        # It counts from one, and names the leaf itself first.
        assert [digest.hex() for digest in theirs.path[1:]] == path, f"inclusion of {index} in {size}"
        theirs.verify(tree.get_leaf(index + 1), root, index=index + 1, size=size)
        proofs += 1
assert trees > 600 and proofs > 3000, (trees, proofs)
print(f"pymerkle: {trees} trees and {proofs} proofs of inclusion agree")
