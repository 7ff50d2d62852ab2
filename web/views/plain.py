"""Plain text as people write it, on a page: a blank line begins a paragraph, a web address is a link."""

import re

from markupsafe import Markup, escape

from web.domain.text import web_addresses


def plain_text(text: str) -> Markup:
    """`text` as paragraphs; nothing in it is taken for HTML. Cost: linear."""
    parts = re.split(r"\n\s*\n", text.strip())
    return Markup("").join(
        Markup('<p dir="auto">{}</p>').format(_lines(part.strip())) for part in parts if part.strip()
    )


def _lines(text: str) -> Markup:
    return Markup("<br>").join(_linked(line) for line in text.split("\n"))


def _linked(line: str) -> Markup:
    found = Markup("")
    for words, address in web_addresses(line):
        link = Markup('<a href="{0}" rel="noopener">{0}</a>').format(address) if address else ""
        found += escape(words) + link
    return found
