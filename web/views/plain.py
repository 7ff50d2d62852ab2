"""Plain text as people write it, on a page: a blank line begins a paragraph, a web address is a link."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>\"]+")
# What ends a sentence, or a bracket, behind an address.
_BEHIND = ".,;:!?)]}»”’'"


def plain_text(text: str) -> Markup:
    """`text` as paragraphs; nothing in it is taken for HTML. Cost: linear."""
    parts = re.split(r"\n\s*\n", text.strip())
    return Markup("").join(
        Markup('<p dir="auto">{}</p>').format(_lines(part.strip())) for part in parts if part.strip()
    )


def _lines(text: str) -> Markup:
    return Markup("<br>").join(_linked(line) for line in text.split("\n"))


def _linked(line: str) -> Markup:
    found, last = Markup(""), 0
    for match in _LINK.finditer(line):
        address = match[0].rstrip(_BEHIND)
        found += escape(line[last : match.start()]) + Markup('<a href="{0}" rel="noopener">{0}</a>').format(address)
        last = match.start() + len(address)
    return found + escape(line[last:])
