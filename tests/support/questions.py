"""Questions of an organiser as an event keeps them."""

from typing import Any


def question(id: str, kind: str, fr: str, en: str, *choices: tuple[str, str], required: bool = False) -> dict[str, Any]:
    """A question in both languages; `choices`: the answers of one of the kind ``choice``, each in both."""
    return {"id": id, "kind": kind, "fr": fr, "en": en, "required": required, "choices": [list(one) for one in choices]}
