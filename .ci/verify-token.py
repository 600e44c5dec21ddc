"""Verifies our access tokens with PyJWT (https://pypi.org/project/PyJWT/), which knows nothing of us but the address.

usage: verify-token.py PROGRAM

Starts PROGRAM in an empty folder for each signature algorithm, signs in, and verifies the token from the published
metadata and key set alone. Then the same with a changed token, which must be refused.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import jwt

PASSWORD = "a long enough password"
SECRET = "a secret of the first client"
DEADLINE = 30


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def fetch(url, form=None):
    body = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, body, timeout=5) as answer:
        return json.load(answer)


def wait_until_ready(probes):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{probes}/readyz", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the service did not get ready")


def is_refused(token, key, algorithm, issuer):
    try:
        jwt.decode(token, key, algorithms=[algorithm], audience=issuer, issuer=issuer)
    except jwt.InvalidTokenError:
        return True
    return False


def verify(base, algorithm):
    metadata = fetch(f"{base}/.well-known/oauth-authorization-server")
    issuer = metadata["issuer"]
    answer = fetch(metadata["token_endpoint"], {
        "grant_type": "password",
        "tenant": "platform",
        "username": "admin",
        "password": PASSWORD,
        "client_id": "canopy",
        "client_secret": SECRET,
    })
    token = answer["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token).key
    claims = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=issuer,
        issuer=issuer,
        options={"require": ["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]},
    )
    assert claims["sub"] == answer["user_id"] and claims["tenant"] == answer["tenant_id"]
    head, payload, signature = token.split(".")
    swapped = signature[::-1]
    assert swapped == signature or is_refused(f"{head}.{payload}.{swapped}", key, algorithm, issuer)
    print(f"{algorithm}: PyJWT {jwt.__version__} verifies the token and refuses a changed one")


def main(program):
    for algorithm in ["ES256", "EdDSA", "RS256"]:
        public, probes = free_port(), free_port()
        environment = {
            "MEMBERSHIP__SERVER__BIND": f"127.0.0.1:{public}",
            "MEMBERSHIP__MANAGEMENT__BIND": f"127.0.0.1:{probes}",
            "MEMBERSHIP__ACCESS_TOKEN__ALGORITHM": algorithm,
            "MEMBERSHIP__BOOTSTRAP__PASSWORD": PASSWORD,
            "MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET": SECRET,
            "MEMBERSHIP__LOG__LEVEL": "warn",
        }
        with tempfile.TemporaryDirectory() as folder:
            service = subprocess.Popen(
                [os.path.abspath(program), "serve"],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            try:
                wait_until_ready(f"http://127.0.0.1:{probes}")
                verify(f"http://127.0.0.1:{public}", algorithm)
            finally:
                service.terminate()
                service.wait(DEADLINE)


if __name__ == "__main__":
    main(*sys.argv[1:])
