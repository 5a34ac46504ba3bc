#!/usr/bin/env python3
"""Compares roots and proofs of the log's tree with those of pymerkle.

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
    root = tree.get_state(size)
    assert root.hex() == case["root"], f"root of {size}"
    trees += 1
    for index, path in case["inclusion"]:
        theirs = tree.prove_inclusion(index + 1, size)
        # It counts from one, and names the leaf itself first.
        assert [digest.hex() for digest in theirs.path[1:]] == path, f"inclusion of {index} in {size}"
        theirs.verify(tree.get_leaf(index + 1), root, index=index + 1, size=size)
        proofs += 1
    for older, path in case["consistency"]:
        theirs = tree.prove_consistency(older, size)
        theirs.verify(tree.get_state(older), root, prior_size=older, later_size=size)
        # RFC 6962, section 2.1.2: the first hash is left out where it is the older root itself.
        kept = theirs.path[1:] if older & (older - 1) == 0 or older == size else theirs.path
        assert [digest.hex() for digest in kept] == path, f"consistency of {older} and {size}"
        proofs += 1
assert trees > 600 and proofs > 6000, (trees, proofs)
print(f"pymerkle: {trees} trees and {proofs} proofs agree")
