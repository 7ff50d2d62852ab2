"""The OpenAPI document, made from what each call of the interface declares beside its address; see `Call`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Literal, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import IntegerConverter, Map, Rule

from web.forms.api import Errors

Answer = type[BaseModel] | str
View = TypeVar("View", bound=Callable[..., Any])
Named = tuple[type[BaseModel], Literal["validation", "serialization"]]
Schemas = Mapping[Named, dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """One call: what it does, what it takes, what it answers.

    `answers`: by status, a model (JSON) or the media type of a file. `errors`: statuses besides those that follow from
    the address, the body and the token. `headers`: what those of a good answer say.
    """

    summary: str
    answers: Mapping[int, Answer]
    body: type[BaseModel] | None = None
    body_required: bool = True
    errors: tuple[int, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    public: bool = False


def described(call: Call) -> Callable[[View], View]:
    """Put a view into the document."""

    def declare(view: View) -> View:
        view.call = call  # type: ignore[attr-defined]
        return view

    return declare


def openapi_document(app: Flask) -> dict[str, Any]:
    """The interface as OpenAPI 3.1. Cost: the models' schemas, some milliseconds."""
    calls = list(_calls(app))
    listed: list[Named] = [(Errors, "serialization")]
    for _rule, _method, call in calls:
        listed += [(answer, "serialization") for answer in call.answers.values() if not isinstance(answer, str)]
        listed += [(call.body, "validation")] if call.body else []
    made, definitions = models_json_schema(list(dict.fromkeys(listed)), ref_template="#/components/schemas/{model}")
    schemas = {named: made[named] for named in listed}
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, call in calls:
        paths.setdefault(_template(rule), {})[method.lower()] = _operation(app.url_map, rule, call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Passerelle",
            "version": version("passerelle"),
            "summary": "An event in, a proven timetable and printed agendas out.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "From `passerelle token create NAME`."}
            },
        },
        "security": [{"token": []}],
    }


def _calls(app: Flask) -> Iterator[tuple[Rule, str, Call]]:
    for rule in app.url_map.iter_rules():
        call: Call | None = getattr(app.view_functions[rule.endpoint], "call", None)
        if call is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, call


def _template(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _operation(url_map: Map, rule: Rule, call: Call, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": call.summary,
        "responses": {str(status): _answer(call, status, answer, schemas) for status, answer in call.answers.items()},
    }
    parameters = [_parameter(rule, name) for name in re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule)]
    if parameters:
        operation["parameters"] = parameters
    if call.body is not None:
        schema = schemas[call.body, "validation"]
        operation["requestBody"] = {"required": call.body_required, "content": {"application/json": {"schema": schema}}}
    if call.public:
        operation["security"] = []
    for status in _errors(call, bool(parameters)):
        operation["responses"].setdefault(str(status), _error(status, schemas[Errors, "serialization"]))
    return operation


def _answer(call: Call, status: int, answer: Answer, schemas: Schemas) -> dict[str, Any]:
    if isinstance(answer, str):
        content: dict[str, Any] = {answer: {"schema": {"type": "string"} if answer.startswith("text/") else {}}}
    else:
        content = {"application/json": {"schema": schemas[answer, "serialization"]}}
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": content}
    if call.headers:
        described["headers"] = {
            name: {"description": text, "required": True, "schema": {"type": "string"}}
            for name, text in call.headers.items()
        }
    return described


def _error(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema}},
    }
    names = {401: "WWW-Authenticate", 429: "Retry-After"}
    if status in names:
        described["headers"] = {names[status]: {"required": True, "schema": {"type": "string"}}}
    return described


def _errors(call: Call, has_parameters: bool) -> list[int]:
    found = {*call.errors, 500}
    found |= {413, 415, 422} if call.body else set()
    found |= set() if call.public else {401}
    found |= {403, 404} if has_parameters else set()
    return sorted(found)


def _parameter(rule: Rule, name: str) -> dict[str, Any]:
    converter = rule._converters[name]
    if isinstance(converter, IntegerConverter):
        schema: dict[str, Any] = {"type": "integer", "minimum": converter.min, "maximum": converter.max}
    else:
        schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}
