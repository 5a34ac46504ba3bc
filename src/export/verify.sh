# The key as openssl reads it: twelve fixed bytes, then the 32 that stand in vkey behind a byte 1.
(printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cut -d+ -f3- ../vkey | base64 -d | tail -c +2) > ../key.der

# A signed file: its text, an empty line, and below it "— NAME SIGNATURE".
check() {
    sed '/^$/,$d' "$1" > ../text
    grep "^— $(cut -d+ -f1 ../vkey) " "$1" | tail -n 1 | cut -d' ' -f3 | base64 -d | tail -c +5 > ../signature
    openssl pkeyutl -verify -pubin -keyform DER -inkey ../key.der -rawin -in ../text -sigfile ../signature
}
check checkpoint
check MANIFEST

# Every file is as the signed list says, and there is no other.
sed '/^$/,$d' MANIFEST > ../list
sha256sum --check --strict --quiet ../list
(cut -c67- ../list; echo MANIFEST) | LC_ALL=C sort > ../listed
find . -type f | cut -c3- | LC_ALL=C sort | cmp - ../listed
echo every file is as it was signed
