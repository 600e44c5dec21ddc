"""What keeps the tests going: they never touch the account that they sign in with, and know some ids that exist."""

import os

import schemathesis
from schemathesis import GenerationMode

MISSING = "d08403aec32847de974af1008cef86cc"
OWN = dict(pair.split("=", 1) for pair in os.environ["MEMBERSHIP_OWN"].split("&"))
calls = 0


@schemathesis.hook
def before_call(context, case, kwargs):
    ids = case.path_parameters or {}
    if case.method.upper() in ("PUT", "DELETE"):
        for name, value in ids.items():
            if value in OWN.values():
                ids[name] = MISSING
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    global calls
    calls += 1
    # Every other call is about something that exists, as far as no stateful test has found its ids.
    if calls % 2:
        return
    for values in (ids if case.method.upper() in ("GET", "POST") else {}, case.body):
        if isinstance(values, dict):
            values.update((name, OWN[name]) for name in OWN.keys() & values.keys())
