"""The registration form on a phone: by touch against a stopwatch, by keyboard alone, gone on with elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.support.browser import PHONE, Visitor
from tests.support.keyboard import press, type_into
from tests.support.organiser import faults_of
from tests.support.site import Site, site_in
from tests.web.factories import Factory
from web.db import get_session
from web.domain.event.absences import Rounds
from web.models import OutboxMail, Registration

ADDRESS = "/e/rencontres/register?kind=association"
LINE = "deux jours d’un graphiste en mai"
# Seconds; and how somebody with a phone types, in words a minute, reads a step, and finds what to press.
FIVE_MINUTES = 300
WORDS_A_MINUTE, TO_READ, TO_PRESS = 25, 8, 2
NARROW = {"width": 320, "height": 740}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site:
        with site.app.test_request_context():
            question = {"id": "q1", "kind": "text", "fr": "Comment nous connaissez-vous ?", "en": "", "required": False}
            Factory(get_session()).event(
                title="Rencontres du canal", slug="rencontres", slots=12, questions=[question | {"choices": []}]
            )
        yield site


class Stopwatch:
    """How long it takes somebody who reads, types and presses as people do: counted, so that no machine decides it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def typed(self, text: str) -> str:
        self.seconds += len(text.split()) * 60 / WORDS_A_MINUTE + TO_PRESS
        return text

    def pressed(self) -> None:
        self.seconds += TO_PRESS

    def read_step(self) -> None:
        self.seconds += TO_READ


def registered(site: Site) -> Registration:
    with site.app.test_request_context():
        one = get_session().scalars(select(Registration)).one()
        assert one.event.slots
        return one


def missed(site: Site) -> list[str]:
    with site.app.test_request_context():
        one = get_session().scalars(select(Registration)).one()
        return Rounds.of(one.event).missed(one.absences)


def at_step(page: Page, number: int) -> None:
    """The step is the one on the page, and its heading has the focus."""
    expect(page.locator(f"#step-{number} > legend")).to_be_focused()
    assert page.locator(".step:visible").count() == 1
    expect(page.locator(".form-steps [aria-current=step]")).to_contain_text(str(number))


def test_phone_registers_by_touch_within_five_minutes(site: Site, phone: Page) -> None:
    watch = Stopwatch()

    def forward(step: int) -> None:
        watch.read_step()
        watch.pressed()
        phone.get_by_role("button", name="Continuer").tap()
        at_step(phone, step)

    phone.goto(site.url + ADDRESS)
    for field, text in (
        ("name", "Les Jardins du Canal"),
        ("contact_name", "Ada Exemple"),
        ("email", "ada@example.org"),
    ):
        phone.locator(f"#{field}").fill(watch.typed(text))
    forward(2)
    phone.locator("#project").fill(
        watch.typed("Un jardin partagé cherche deux jours de graphisme en mai pour sa fête.")
    )
    phone.locator("#needs summary", has_text="Compétences").tap()
    phone.locator("#needs").get_by_text("Numérique", exact=True).tap()
    line = phone.locator("#needs_lines-skills-digital")
    line.fill(watch.typed("on a besoin d’aide"))
    line.blur()
    # A question and an example at once, and no refusal.
    coach = phone.locator("#needs_lines-skills-digital-coach")
    expect(coach).to_contain_text("Quel métier")
    line.fill(watch.typed(LINE))
    line.blur()
    expect(coach).to_be_empty()
    phone.locator("#offers summary", has_text="Visibilité").tap()
    phone.locator("#offers").get_by_text("Image", exact=True).tap()
    for _press in range(4):
        watch.pressed()
    forward(3)
    draw(phone, 2, 5)
    watch.pressed()
    forward(4)
    expect(phone.locator("[data-read]")).to_contain_text(LINE)
    expect(phone.locator("[data-read]")).to_contain_text("8 moments sur 12")
    phone.get_by_text("J’accepte que ce que j’écris").tap()
    watch.pressed()
    watch.read_step()
    phone.get_by_role("button", name="Envoyer mon inscription").tap()
    expect(phone.get_by_role("heading", name="Merci, votre inscription est bien arrivée")).to_be_visible()
    assert watch.seconds < FIVE_MINUTES, watch.seconds
    assert registered(site).notes == {"needs": {"skills.digital": LINE}}
    assert missed(site) == ["s3", "s4", "s5", "s6"]


def draw(page: Page, first: int, last: int) -> None:
    """A finger drawn along the bar from one time to another."""
    page.locator(".strip-bar").scroll_into_view_if_needed()
    cells = page.locator(".strip-cell")
    begin, end = cells.nth(first).bounding_box(), cells.nth(last).bounding_box()
    assert begin is not None
    assert end is not None
    middle = begin["y"] + begin["height"] / 2
    touch = page.context.new_cdp_session(page)
    points = [begin["x"] + 2, (begin["x"] + end["x"]) / 2, end["x"] + 2]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": points[0], "y": middle}]})
    for x in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": middle}]})
    # It rests before it is lifted: lifted as it goes, the page glides on, and the next tap does no more than stop that.
    for _moment in range(2):
        page.wait_for_timeout(150)
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": points[-1], "y": middle}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_keyboard_alone_registers_and_goes_back_and_forth(site: Site, visitor: Visitor) -> None:
    page = visitor(**PHONE)
    page.goto(site.url + ADDRESS)
    onward = page.get_by_role("button", name="Continuer")
    # Nothing typed: the faults of this step, in words, with the focus on them.
    press(page, onward)
    expect(page.locator(".step-faults")).to_be_focused()
    press(page, page.locator(".step-faults a", has_text="Nom de l’organisation"))
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("Les Jardins du Canal")
    type_into(page, page.locator("#contact_name"), "Ada Exemple")
    type_into(page, page.locator("#email"), "ada@example.org")
    # Enter leads to the next step as well.
    page.keyboard.press("Enter")
    at_step(page, 2)
    # The way back is the one come by: to the field that the fault led to.
    page.go_back()
    expect(page.locator("#name")).to_be_focused()
    assert page.locator(".error-text").count() == 0
    page.go_forward()
    at_step(page, 2)
    type_into(page, page.locator("#project"), "Un jardin partagé cherche deux jours de graphisme en mai.")
    press(page, page.locator("#needs summary", has_text="Compétences"))
    press(page, page.locator("#needs").get_by_label("Numérique", exact=True), "Space")
    type_into(page, page.locator("#needs_lines-skills-digital"), LINE)
    press(page, onward)
    at_step(page, 3)
    # A half-day is one press; the boxes are drawn with Shift and an arrow.
    press(page, page.get_by_role("button", name=re.compile("L’après-midi")))
    press(page, page.locator("#presence summary"))
    press(page, page.locator("#presence input[value=s1]"), "Space")
    for _turn in range(3):
        page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#presence input:checked").count() == 4
    press(page, onward)
    at_step(page, 4)
    press(page, page.get_by_label("J’accepte que ce que j’écris"), "Space")
    press(page, page.get_by_role("button", name="Envoyer mon inscription"))
    expect(page.get_by_role("heading", name="Merci, votre inscription est bien arrivée")).to_be_visible()
    assert missed(site) == [f"s{number}" for number in range(5, 13)]


def test_form_is_gone_on_with_on_another_device(site: Site, visitor: Visitor) -> None:
    page, other = visitor(**PHONE), visitor()
    page.goto(site.url + ADDRESS)
    page.locator("#email").fill("ada@example.org")
    page.locator("#contact_name").fill("Ada Exemple")
    page.get_by_text("Continuer plus tard, ou sur un autre appareil").click()
    page.get_by_role("button", name="M’envoyer le lien").click()
    expect(page.get_by_role("heading", name="Regardez dans votre messagerie")).to_be_visible()
    with site.app.test_request_context():
        body = get_session().scalars(select(OutboxMail.body_text)).one()
    found = re.search(r"https?://[^/\s]+(/e/\S+)", body)
    assert found is not None
    other.goto(site.url + found[1])
    expect(other.locator("#contact_name")).to_have_value("Ada Exemple")
    expect(other.locator("#name")).to_have_value("")
    assert other.locator("#step-1").is_visible()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_step_is_accessible_at_320_pixels(site: Site, visitor: Visitor, language: str) -> None:
    page = visitor(**NARROW, reduced_motion="reduce")
    page.goto(f"{site.url}{ADDRESS}&lang={language}")
    for step in (1, 2, 3, 4):
        page.locator(f".form-steps [href='#step-{step}']").click()
        at_step(page, step)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        if step == 2:
            page.locator("#needs input[type=checkbox]").first.check()
            page.locator("#needs [data-line]").first.fill("divers")
            page.locator("#needs [data-line]").first.blur()
            expect(page.locator("#needs .coach:not(:empty)").first).to_be_visible()
        assert faults_of(page) == [], step


def test_last_step_stands_right_while_the_answers_to_read_again_are_on_their_way(site: Site, visitor: Visitor) -> None:
    page = visitor(**NARROW)
    page.route("**/register/check", lambda route: route.abort())
    page.goto(f"{site.url}{ADDRESS}#step-4")
    expect(page.locator("#step-4 > [data-read]")).to_be_hidden()
    title, next_one = (page.locator(f"#step-4 > {one}").bounding_box() for one in ("legend", "fieldset >> nth=0"))
    assert title is not None
    assert next_one is not None
    assert next_one["y"] >= title["y"] + title["height"]
    assert not page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
