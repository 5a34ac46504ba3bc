// Writes each entry of the log as the npm package canonicalize does (RFC 8785), and reads its personal values with
// @sd-jwt/decode (RFC 9901): both must agree with the log.
//
// usage: node entries.mjs entries.jsonl
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import { getClaims } from "@sd-jwt/decode";
import { Disclosure } from "@sd-jwt/utils";
import canonicalize from "canonicalize";

const hasher = (data, algorithm) => new Uint8Array(createHash(algorithm.replace("-", "")).update(data).digest());

let count = 0;
let values = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  const { leaf, disclosures, values: ours } = JSON.parse(line);
  const entry = JSON.parse(leaf);
  assert.equal(canonicalize(entry), leaf, `entry ${count}`);
  const read = await Promise.all(
    disclosures.map((text) => Disclosure.fromEncode(text, { alg: entry._sd_alg, hasher })),
  );
  const claims = await getClaims(entry, read, hasher);
  const { _sd, _sd_alg, ...rest } = entry;
  assert.deepEqual(claims, { ...rest, ...ours }, `entry ${count}`);
  for (const disclosure of read) {
    assert.ok(_sd.includes(await disclosure.digest({ alg: _sd_alg, hasher })), `entry ${count}`);
    // A salt of 128 bits, and no two alike is the log's affair.
    assert.equal(Buffer.from(disclosure.salt, "base64url").length, 16);
    values += 1;
  }
  count += 1;
}
assert.ok(count > 0 && values > count);
console.log(`canonicalize (npm): ${count} entries have the same bytes`);
console.log(`@sd-jwt/decode (npm): ${values} personal values read`);
