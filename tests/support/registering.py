"""An organisation registers by the public form, at the width of a phone, and finds its link in the mail."""

import re
import time

from playwright.sync_api import Page, expect

from tests.support.browser import PHONE
from tests.support.smtp import Mailbox, words_of

LINK = re.compile(r"http://\S+/p/\S+/")
# As it is mailed: whoever comes by it reads that mailbox.
PROVEN = re.compile(LINK.pattern + r"\?mail=\S+")


def address_of(name: str) -> str:
    letters = re.sub(r"[^a-z]", "", name.lower())
    return f"{letters}@example.org"


def forward(page: Page, step: int) -> None:
    """From one step of the form to the next, which is `step`."""
    page.get_by_role("button", name=re.compile("^(Continuer|Continue)$")).click()
    expect(page.locator(f"#step-{step}")).to_be_visible()


def register(phone: Page, public: str, name: str, side: str) -> None:
    """Through the form, at the width of a phone. Half of the offers suit a need of the other side."""
    phone.goto(public)
    phone.get_by_role("link", name=f"Inscrire une {side}").click()
    phone.get_by_label("Nom de l’organisation").fill(name)
    phone.get_by_label("Vos prénom et nom").fill("Camille Exemple")
    phone.get_by_label("Adresse électronique").fill(address_of(name))
    forward(phone, 2)
    phone.locator("#project").fill("Deux jours de graphisme en mai pour annoncer la fête du quartier.")
    ask, give = ("#needs", "#offers") if side == "association" else ("#offers", "#needs")
    phone.locator(f"{ask} summary", has_text="Compétences").click()
    phone.locator(ask).get_by_label("Numérique", exact=True).check()
    phone.locator(f"{give} summary", has_text="Visibilité").click()
    phone.locator(give).get_by_label("Image", exact=True).check()
    forward(phone, 3)
    forward(phone, 4)
    phone.get_by_label("J’accepte que ce que j’écris").check()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("button", name="Envoyer mon inscription").click()
    expect(phone.get_by_role("heading", name="Merci, votre inscription est bien arrivée")).to_be_visible()


def mailed_link(mailbox: Mailbox, name: str, words: str, seconds: float = 30, link: re.Pattern[str] = LINK) -> str:
    """The personal link in the mail to `name` whose body holds `words`, once it has come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for message in mailbox.to(address_of(name)):
            found = link.search(body := words_of(message))
            if words in body and found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {name} says {words!r}")
