"""Validates the JSON-LD of an export: by JSON Schema, by SHACL, by the names of the vocabulary.

Then takes each mandatory field away, in turn, and demands that SHACL reports it: a validator that accepts everything
proves nothing.
"""

import json
import pathlib
import sys

import jsonschema
import pyshacl
import rdflib

here = pathlib.Path(__file__).parent
document = json.loads(pathlib.Path(sys.argv[1]).read_text())
schema = json.loads((here / "record.schema.json").read_text())
validator = jsonschema.Draft202012Validator(schema)
problems = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]
assert not problems, problems[:5]

nodes = document["@graph"]
records = [node for node in nodes if node["@type"] == "dpv:ConsentRecord"]
others = [node for node in nodes if node["@type"] != "dpv:ConsentRecord"]
assert records and others

# Every name that is used is one of the vocabulary.
known = set((here / "dpv-2.3-terms.txt").read_text().split())
used = set()


def names(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.startswith("dpv:"):
                used.add(key)
            names(inner)
    elif isinstance(value, list):
        for inner in value:
            names(inner)
    elif isinstance(value, str) and value.startswith("dpv:"):
        used.add(value)


names(nodes)
assert used <= known, f"not in DPV 2.3: {sorted(used - known)}"

shapes = rdflib.Graph().parse(here / "record.shapes.ttl")


def report(graph):
    text = json.dumps({"@context": document["@context"], "@graph": graph})
    data = rdflib.Graph().parse(data=text, format="json-ld")
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    return conforms, text


some = records[:: max(1, len(records) // 200)]
conforms, text = report(others + some)
assert conforms, text
print(f"{len(records)} records by JSON Schema, {len(some)} by SHACL, {len(used)} terms of DPV: all conform")

# One record with what it points to.
record = next(record for record in records if len(record["dpv:hasConsentStatus"]) == 2)
pointed = json.dumps(record)
needed = [node for node in others if node["@id"] in pointed or node["@type"] != "dpv:Process"]
process = next(node for node in needed if node["@type"] == "dpv:Process")
controller = next(node for node in needed if node["@type"] == "dpv:DataController")
notice = next(node for node in needed if node["@id"] == record["dpv:hasNotice"])
assert report(needed + [record])[0]
removals = [
    (record, field)
    for field in (
        "dct:conformsTo", "dct:identifier", "dpv:hasDataSubject", "dpv:hasDataController", "dpv:hasNotice",
        "dpv:hasProcess", "dpv:hasConsentStatus",
    )
]
removals += [
    (record["dpv:hasConsentStatus"][0], field)
    for field in ("@type", "dpv:isIndicatedAtTime", "dpv:isIndicatedBy", "dpv:hasDuration")
]
removals += [(notice, "dct:language"), (notice, "dct:identifier")]
removals += [
    (process, field)
    for field in (
        "dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasStorageCondition", "dpv:hasDataController", "dpv:hasRecipient",
        "dpv:hasConsentControl", "dpv:hasJurisdiction", "dpv:hasRight",
    )
]
removals += [
    (controller, field) for field in ("dpv:hasName", "dpv:hasIdentifier", "dpv:hasContact", "dpv:hasAddress")
]
for node, field in removals:
    kept = node.pop(field)
    conforms, _ = report(needed + [record])
    assert not conforms, f"without {field} of {node.get('@id', 'the status')} nothing is reported"
    node[field] = kept
assert report(needed + [record])[0]
print(f"{len(removals)} mandatory fields, each reported when it is taken away")
