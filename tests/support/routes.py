"""Every route of the application, and the address at which it is called."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What a view may answer once somebody is let in: done, look elsewhere, not found, no such thing now, not valid.
LET_IN = frozenset({200, 201, 202, 204, 302, 303, 400, 404, 409, 413, 415, 422, 503})


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with each of the methods that change or show something."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in ("static", "account.sign_out"):
            for method in METHODS:
                if method in rule.methods:
                    yield rule, method


def path(app: Flask, rule: Rule, values: dict[str, object]) -> str:
    filled = {name: values.get(name, "1") for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **filled)
