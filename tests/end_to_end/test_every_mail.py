"""Every mail in both its forms and both languages, by day and by night: the two say the same, axe finds nothing, a
narrow phone shows all of it. A new mail without a place in `tests.support.every_mail` fails here.

``PASSERELLE_PICTURES=FOLDER`` stores pictures of each.
"""

import inspect
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

import pytest
from flask import template_rendered
from playwright.sync_api import Page

from tests.support.browser import Visitor
from tests.support.every_mail import HOSTILE, Mail, Mails
from tests.support.organiser import axe_faults
from tests.support.site import site_in
from web.db import get_session
from web.domain.mail import notices
from web.domain.mail.dressing import LOGO
from web.paths import templates_folder

PICTURES = os.environ.get("PASSERELLE_PICTURES")
NARROW, PHONE, DESK = 320, 360, 700
# What holds of a whole page; a mail is shown within the page of a mail program, which has these.
OF_PAGES = ("region", "landmark-one-main", "landmark-banner-is-top-level", "landmark-contentinfo-is-top-level")
SCHEMES = ("light", "dark")
MEETING = re.compile(r"- (.*, )?\d\d:\d\d–\d\d:\d\d\s?: ")
SMALL = """[...document.querySelectorAll("body *")].some(
  (one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < 14
)"""


@pytest.fixture(scope="module")
def rendered() -> set[str]:
    """The names of the templates that were rendered."""
    return set()


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory, rendered: set[str]) -> Iterator[Mails]:
    with site_in(tmp_path_factory.mktemp("site")) as site, site.app.test_request_context():
        site.app.extensions["passerelle.call"] = lambda *_arguments: None

        def note(_sender: object, template: object, **_context: object) -> None:
            rendered.add(str(template.name))  # type: ignore[attr-defined]

        with template_rendered.connected_to(note, site.app):
            yield Mails(get_session())


def test_every_mail_has_a_place(mails: Mails, rendered: set[str]) -> None:
    writers = {name for name, _function in inspect.getmembers(notices, inspect.isfunction) if name.endswith("_notice")}
    assert mails.written == writers
    folder = templates_folder()
    sources = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.glob("mail/*")}
    within = set(re.findall(r"""(?:include|from) "(mail/[\w.]+)\"""", "\n".join(sources.values())))
    assert sources.keys() - within == rendered


def test_both_forms_say_the_same(mails: Mails) -> None:
    faults = [f"{mail.name}, {mail.language}: {fault}" for mail in mails.all for fault in differences(mail)]
    assert faults == [], "\n".join(faults)


def test_nothing_is_fetched_from_elsewhere(mails: Mails) -> None:
    for mail in mails.all:
        shown = Shown.of(mail.html)
        assert shown.fetched <= {f"cid:{LOGO}"}, mail.name
        assert {"script", "link", "iframe", "object", "form", "input"} & shown.elements == set(), mail.name
        assert "url(" not in mail.html and "@import" not in mail.html


def test_lines_are_as_long_as_servers_take_them(mails: Mails) -> None:
    assert max(len(line) for mail in mails.all for line in mail.message.as_bytes().splitlines()) <= 998


# A hundred mails: a machine that has other work takes minutes, and more of them for pictures.
@pytest.mark.timeout(1800)
def test_every_mail_is_readable_everywhere(mails: Mails, visitor: Visitor) -> None:
    page, faults = visitor(), []
    for mail in mails.all:
        faults += [f"{mail.name}, {mail.language}: {fault}" for fault in faults_of(page, mail)]
    assert faults == [], "\n".join(faults)


def faults_of(page: Page, mail: Mail) -> Iterator[str]:
    page.set_viewport_size({"width": NARROW, "height": 700})
    page.set_content(in_a_browser(mail))
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > NARROW:
        yield f"{wide} pixels wide"
    if page.evaluate(SMALL):
        yield "is written in small letters"
    # The same elements in both languages: each is looked at in one light.
    page.emulate_media(color_scheme="dark" if mail.language == "fr" else "light")
    yield from (fault for fault in axe_faults(page) if not fault.startswith(OF_PAGES))
    if PICTURES:
        take_pictures(page, mail)
    page.emulate_media(color_scheme="light")


def take_pictures(page: Page, mail: Mail) -> None:
    style = "font:15px/1.5 monospace;white-space:pre-wrap;overflow-wrap:anywhere"
    plain = f'<meta name="color-scheme" content="light dark"><pre style="{style}">'
    plain += escape(f"{mail.row.subject}\n\n{mail.text}")
    for form, content in (("html", in_a_browser(mail)), ("text", plain)):
        page.set_content(content)
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 700})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                name = re.sub(r"\W+", "-", f"{mail.name} {mail.language} {form} {width} {scheme}")
                page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def in_a_browser(mail: Mail) -> str:
    """The HTML with the picture that comes along in it."""
    html = mail.html
    for part in mail.message.walk():
        if part["Content-ID"]:
            data = b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            html = html.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{data}"
            )
    return html


def differences(mail: Mail) -> Iterator[str]:
    """What stands in the text and not in the HTML: lines, in their order, and addresses."""
    shown = Shown.of(mail.html)
    addresses = set(re.findall(r"^https?://\S+$", mail.text, re.MULTILINE))
    if addresses != shown.links:
        yield f"links {addresses ^ shown.links}"
    written, at, rows, day = f" {words(shown.text)} ", 0, iter(shown.rows), ""
    for line in mail.text.splitlines():
        said = words(re.sub(r"^(- |-- $)", "", line))
        if MEETING.match(line):
            row = next(rows, "")
            if not re.match(r"\s*\d\d:\d\d", row):
                day, row = row.strip(), next(rows, "")
            if sorted(said.split()) != sorted(words(f"{day} {row}").split()):
                yield f"another row in HTML: {line} / {day} {row}"
        elif said and line not in addresses:
            found = written.find(f" {said} ", at)
            at = max(at, found)
            if found < 0:
                yield f"not in HTML, or elsewhere: {line}"
    yield from (f"not in the text: {row}" for row in rows)


def words(text: str) -> str:
    """The words alone: an agenda has in columns what its line parts by colons and brackets."""
    return " ".join(re.findall(r"[^\s(),:–]+", text))


class Shown(HTMLParser):
    """What the HTML of a mail shows, leads to and loads."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.elements: set[str] = set()
        # Of agendas, and the days over them.
        self.rows: list[str] = []
        self._hidden = self._in_agenda = False

    @classmethod
    def of(cls, html: str) -> "Shown":
        shown = cls()
        shown.feed(html)
        return shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.add(tag)
        self._in_agenda = tag == "tbody" or self._in_agenda
        self.rows += [""] if self._in_agenda and tag == "tr" else []
        self.links |= {values["href"] or ""} if "href" in values else set()
        self.fetched |= {str(values[name]) for name in ("src", "background", "srcset", "poster") if name in values}
        self._hidden = tag in ("style", "title") or "display:none" in (values.get("style") or "")
        self._add("" if tag in ("b", "i", "a") else " ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        self._in_agenda = self._in_agenda and tag != "tbody"
        self._add("" if tag in ("b", "i", "a") else " ")

    def handle_data(self, data: str) -> None:
        self._add("" if self._hidden else data)

    def _add(self, text: str) -> None:
        self.text += text
        if self._in_agenda and self.rows:
            self.rows[-1] += text


def test_what_people_typed_is_words(mails: Mails) -> None:
    told = [mail for mail in mails.all if HOSTILE in mail.text]
    assert len(told) > 20
    assert all("<b>" not in mail.html and "&lt;script&gt;alert(1)&lt;/script&gt;" in mail.html for mail in told)
