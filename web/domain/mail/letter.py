"""A mail as values: what it says, from which both its forms are made, so that they cannot say different things.

A template in ``templates/mail`` is the text of a mail as it is read. A blank line ends a paragraph. What is more than
words stands on a line of its own and is asked for by a function of `_Pen`: a button, a heading, a meeting. The template
is rendered once. Its text is the plain form; the same words and the values of those lines are the parts that the outbox
keeps, from which the HTML is made when the mail leaves (`web.domain.mail.dressing`).

A part is a code with values, as messages are: an erasure leaves the code alone, whoever is called by it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from flask import render_template
from flask_babel import gettext as _

Part = dict[str, Any]

# Nobody can type it: it is made anew by each process, and stands in no mail.
_KEY = token_hex(16)
_MARK = re.compile(rf"\x02{_KEY}:(\d+)\x03")


@dataclass(frozen=True)
class Letter:
    """`text` is the plain form, `parts` the same for the other one."""

    text: str
    parts: Sequence[Part]

    def __add__(self, other: "Letter") -> "Letter":
        """The one, a blank line, the other."""
        return Letter(f"{self.text.rstrip()}\n\n{other.text.lstrip()}", [*self.parts, *other.parts])


def letter(template: str, **values: Any) -> Letter:
    """What ``templates/mail/<template>`` says with `values`, in the language of the moment.

    Raises ``ValueError`` where a button stands among words, or leads elsewhere than to a page.
    """
    pen = _Pen()
    rendered = render_template(template, **values, **pen.functions())
    return Letter(pen.in_text(rendered), pen.parts(rendered))


class _Pen:
    """What a template can ask for beside words. Each function gives a mark that no typed text can hold."""

    def __init__(self) -> None:
        self._asked: list[tuple[Part, str]] = []
        self._colon = _(": ")

    def functions(self) -> dict[str, Any]:
        """By their names in templates."""
        return {
            "action": self.action,
            "link": self.link,
            "heading": self.heading,
            "note": self.note,
            "point": self.point,
            "meeting": self.meeting,
        }

    def action(self, label: str, address: str, said: bool = False) -> str:
        """What the mail is for: a button. The plain form has the address alone, below the sentence before it.

        `said`: below the label, which says it all.
        """
        plain = f"{label}{self._colon.rstrip(' ')}\n{address}" if said else address
        return self._ask("action", plain, label=label, address=_page(address))

    def link(self, label: str, address: str) -> str:
        """What can also be done."""
        return self._ask("link", address, label=label, address=_page(address))

    def heading(self, text: str) -> str:
        """What stands over a list."""
        return self._ask("heading", text, text=text)

    def note(self, text: str) -> str:
        """A paragraph in small print: what to know about the mail itself."""
        return self._ask("note", text, text=text)

    def point(self, text: str) -> str:
        """A line of a list; those that follow each other are one list."""
        return self._ask("point", f"- {text}", text=text)

    def meeting(self, day: str, time: str, partner: str, place: str, *notes: str) -> str:
        """A line of an agenda; those that follow each other are one table. `day`: empty where the agenda has one."""
        told = [one for one in notes if one]
        where = f" ({place})" if place else ""
        also = "".join(f" {one}" if one.startswith("(") else f" – {one}" for one in told)
        text = f"- {day}{', ' if day else ''}{time}{self._colon}{partner}{where}{also}"
        said = {"day": day, "time": time, "partner": partner, "place": place, "notes": told}
        return self._ask("meeting", text, **said)

    def _ask(self, code: str, plain: str, **values: Any) -> str:
        self._asked.append(({"code": code, "values": values}, plain))
        return f"\x02{_KEY}:{len(self._asked) - 1}\x03"

    def in_text(self, rendered: str) -> str:
        """The plain form."""
        return _MARK.sub(lambda found: self._asked[int(found[1])][1], rendered)

    def parts(self, rendered: str) -> list[Part]:
        """The same as parts: lines of words that follow each other are one paragraph."""
        parts: list[Part] = []
        lines: list[str] = []
        for line in [*rendered.split("\n"), ""]:
            found = _MARK.fullmatch(line.strip())
            if found is None and _MARK.search(line):
                raise ValueError(f"More stands on the line than a button: {line}")
            if found is None and line.strip():
                lines.append(line.strip())
                continue
            if lines:
                parts.append({"code": "words", "values": {"lines": lines}})
                lines = []
            if found is not None:
                parts.append(self._asked[int(found[1])][0])
        return parts


def _page(address: str) -> str:
    if not address.startswith(("https://", "http://")):
        raise ValueError(f"This is no address of a page: {address}")
    return address
