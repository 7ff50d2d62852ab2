"""From which version of a thing a form was filled in: what is stored now may be another."""

from typing import Any

NEVER = -1
# More digits than any version has; what is longer was not written by a page.
_DIGITS = 18


def version_of(form: Any) -> int:
    """What the form's field `version` holds; ``NEVER``, a version that nothing has, where it holds none."""
    return version_in(form.version.data)


def version_in(sent: object) -> int:
    """The same for a value that was sent outside of a form."""
    text = "" if sent is None else str(sent)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else NEVER
