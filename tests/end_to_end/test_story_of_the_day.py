"""What happens after the announcement, on an event of 32 × 22 and in real browsers: each change is repaired from the
overview and told to those whom it concerns, and to nobody else; no page is green while something is not as announced.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from time import monotonic

import pytest
from playwright.sync_api import Locator, Page, expect

from scheduler.format.event import Event
from scheduler.samples.sample import sample_event
from tests.support.audience import ORGANISER, Audience, audience
from tests.support.bench import cell, drag, movable
from tests.support.browser import PHONE, Visitor
from tests.support.organiser import sign_in
from tests.support.registering import PROVEN, address_of, mailed_link, register
from tests.support.server import USUAL_PAGES, StartServer
from tests.support.smtp import Mailbox, words_of

# Another number is another event: other people, other wishes, other hours.
SEED = int(os.environ.get("STORY_SEED", "1"))
SECONDS = 5
WALK_IN = "Brasserie du Marché"


@pytest.fixture
def everybody(start_server: StartServer, smtp_server: Mailbox) -> Iterator[Audience]:
    server = start_server(SMTP_URL=smtp_server.url, **USUAL_PAGES)
    with audience(server, smtp_server, to_come(sample_event(seed=SEED)), SECONDS) as found:
        yield found


def to_come(event: Event) -> Event:
    """`event` on the same day of next year: nothing is told of a day that is over."""
    year = date.today().year + 1
    slots = [
        one.model_copy(update={"start": one.start.replace(year=year), "end": one.end.replace(year=year)})
        for one in event.slots
    ]
    return Event(**{**dict(event), "slots": tuple(slots)})


class Hand:
    """The clicks of an organiser, counted, and the seconds since the first page was there."""

    def __init__(self) -> None:
        self.clicks, self.began = 0, monotonic()

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    @property
    def seconds(self) -> float:
        return monotonic() - self.began


def check_colours(everybody: Audience, page: Page) -> None:
    """No page is green while something is not as announced; once nothing is, there is nothing to do."""
    apart, event, version = everybody.drift(), everybody.address, announced_version(everybody)

    def read(address: str) -> str:
        answer = page.request.get(address)
        assert answer.ok, (address, answer.status)
        return answer.text()

    overview = read(f"{event}/")
    assert ('id="mend-heading"' in overview) == bool(apart)
    assert overview.count('class="step done"') == (0 if apart else 5)
    assert ("badge bad" in (events := read(f"{everybody.server.url}/events/")) or "badge warn" in events) == bool(apart)
    tones = {"red": "bad", "amber": "warn", None: "good"}
    for address in (
        f"{event}/schedule/",
        *(f"{version}/{tab}" for tab in ("", "tables", "quality", "edit/", "publish")),
    ):
        badges = re.findall(r'<span class="badge (\w+)">publiée', read(address))
        assert badges == [tones[apart.severity]], address


def announced_version(everybody: Audience) -> str:
    with everybody.looking() as (_session, event):
        return f"{everybody.address}/schedule/{event.published_schedule_id}"


def repair(everybody: Audience, page: Page, *said: str, hand: Hand | None = None) -> None:
    """From the overview to everybody concerned knowing; the overview says what is `said`."""
    hand = hand or Hand()
    page.goto(f"{everybody.address}/")
    to_do = page.locator("section[aria-labelledby=mend-heading]")
    expect(to_do.get_by_role("heading", name="À faire maintenant")).to_be_visible()
    for words in said:
        expect(to_do).to_contain_text(words)
    hand.click(to_do.get_by_role("link", name="Réparer le planning"))
    propose_and_apply(page, hand)


def propose_and_apply(page: Page, hand: Hand) -> None:
    hand.click(page.get_by_role("button", name="Voir la proposition"))
    expect(page.get_by_role("heading", name="Réparation du planning")).to_be_visible()
    hand.click(page.get_by_role("button", name=re.compile("^Appliquer")))
    expect(page.locator("#messages")).to_contain_text("C’est fait")
    expect(page.locator("main .badge", has_text="appliquée")).to_be_visible()


def busiest(everybody: Audience, kind: str, besides: tuple[str, ...] = ()) -> str:
    """Who of a side (by the letter that keys begin with) has most meetings."""
    return max(
        (key for key in everybody.agendas if key.startswith(kind) and key not in besides),
        key=lambda key: (len(everybody.agendas[key]), key),
    )


def partners(everybody: Audience, key: str) -> list[str]:
    return [one.partner_id for one in everybody.agendas[key]]


def publish_the_first_time(everybody: Audience, page: Page) -> None:
    page.goto(f"{everybody.server.url}/events/")
    page.locator(".link-card h2 a").click()
    page.get_by_role("link", name="Aller au planning").first.click()
    page.locator("tbody th a").first.click()
    publish(page)


def publish(page: Page) -> None:
    page.get_by_role("link", name="Publier…").click()
    page.get_by_role("button", name="Publier maintenant").click()
    expect(page.locator("#messages")).to_contain_text("courriel")
    expect(page.locator("main .badge.good", has_text="publiée").first).to_be_visible()


def one_cancels(everybody: Audience, page: Page, phone: Page) -> str:
    """By the personal link; the organiser comes by the mail that says so. Who it was."""
    gone = busiest(everybody, "a")
    who = everybody.people()[gone]
    phone.goto(f"{everybody.server.url}{who.link}")
    phone.get_by_role("link", name=re.compile("Je ne peux pas venir")).click()
    phone.get_by_role("button", name="Oui, annuler mon inscription").click()
    expect(phone.locator("#messages")).to_contain_text("Votre inscription est annulée")
    told = {who.email: "Votre inscription est annulée", ORGANISER: f"{who.name} ne vient plus"}
    everybody.after_news(told, marked=partners(everybody, gone), hidden=[gone])
    check_colours(everybody, page)
    (mail,) = everybody.mailbox.to(ORGANISER)
    assert f"{everybody.address}/" in words_of(mail)
    hand = Hand()
    repair(everybody, page, who.name, f"{len(partners(everybody, gone))} rendez-vous annulés", hand=hand)
    assert hand.clicks == 3, f"{hand.clicks} clicks in {hand.seconds:.1f} s"
    print(f"From the overview to everybody knowing: {hand.clicks} clicks, {hand.seconds:.1f} s")
    concerned = everybody.after_announcement()
    assert concerned >= set(partners_before(everybody, gone)) & everybody.agendas.keys()
    assert gone not in everybody.agendas
    check_colours(everybody, page)
    return gone


def partners_before(everybody: Audience, key: str) -> list[str]:
    return [one.partner_id for one in everybody.former.get(key, ())]


def one_is_late(everybody: Audience, page: Page, phone: Page, besides: tuple[str, ...]) -> None:
    """Somebody takes the ticks of the first rounds away on their own page."""
    late = busiest(everybody, "c", besides)
    who = everybody.people()[late]
    phone.goto(f"{everybody.server.url}{who.link}registration")
    closed = phone.locator("#presence details:not([open]) summary")
    while closed.count():
        closed.first.click()
    first = everybody.agendas[late][0].start
    missed = [one.partner_id for one in everybody.agendas[late] if one.start == first]
    for box in phone.locator("#presence .slot").all():
        if box.inner_text().strip() <= f"{first:%H:%M}":
            box.locator("input").uncheck()
    phone.get_by_role("button", name="Enregistrer mes modifications").click()
    expect(phone.locator("#messages")).to_contain_text("enregistrées")
    everybody.after_news({ORGANISER: f"{who.name} manquera des rendez-vous annoncés"}, marked=[late, *missed])
    check_colours(everybody, page)
    repair(everybody, page, who.name, f"{len(missed)} rendez-vous")
    assert {late, *missed} <= everybody.after_announcement()
    assert all(one.start > first for one in everybody.agendas[late])
    check_colours(everybody, page)


def one_comes_unannounced(everybody: Audience, page: Page, phone: Page) -> None:
    with everybody.looking() as (_session, event):
        public = f"{everybody.server.url}/e/{event.slug}/"
    register(phone, public, WALK_IN, "entreprise")
    address = address_of(WALK_IN)
    everybody.after_news({address: "Nous avons bien reçu votre inscription"})
    page.goto(f"{everybody.address}/")
    page.get_by_role("link", name="Décider").click()
    page.get_by_role("checkbox", name=f"Cocher {WALK_IN}").check()
    page.get_by_role("button", name="Accepter", exact=True).click()
    everybody.after_news({address: "Votre inscription est acceptée"})
    check_colours(everybody, page)
    phone.goto(mailed_link(everybody.mailbox, WALK_IN, "Bonne nouvelle", link=PROVEN))
    phone.get_by_role("button", name="Oui, cette adresse est la mienne").click()
    repair(everybody, page, WALK_IN)
    (key,) = [one.key for one in everybody.people().values() if one.name == WALK_IN]
    concerned = everybody.after_announcement()
    assert everybody.agendas[key] and concerned >= {key, *partners(everybody, key)}
    check_colours(everybody, page)


def a_table_breaks(everybody: Audience, page: Page) -> None:
    used = Counter(line.table for agenda in everybody.agendas.values() for line in agenda if line.table[-1].isdigit())
    table, count = max(used.items(), key=lambda one: (one[1], one[0]))
    page.goto(f"{everybody.address}/setup/tables")
    page.get_by_label(f"Retirer {table}", exact=True).check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("button", name="Enregistrer quand même").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    there = [key for key, agenda in everybody.agendas.items() if any(line.table == table for line in agenda)]
    everybody.after_news({}, marked=there)
    check_colours(everybody, page)
    repair(everybody, page, f"{table} n’existe plus", f"{count // 2} rendez-vous")
    assert set(there) <= everybody.after_announcement()
    assert all(line.table != table for agenda in everybody.agendas.values() for line in agenda)
    check_colours(everybody, page)


def a_round_moves(everybody: Audience, page: Page) -> None:
    """The first round begins ten minutes earlier."""
    page.goto(f"{everybody.address}/setup/slots")
    first = page.locator("tbody tr:not(.new-row)").first
    start, end = (first.locator(f"input[name$=-{name}]") for name in ("start", "end"))
    before = start.input_value()
    for box in (start, end):
        hours, minutes = map(int, box.input_value().split(":"))
        earlier = timedelta(hours=hours, minutes=minutes - 10)
        box.fill(f"{earlier.seconds // 3600:02}:{earlier.seconds // 60 % 60:02}")
    after = start.input_value()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.locator("button[name=confirmed]").last.click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    there = [key for key, agenda in everybody.agendas.items() if any(f"{one.start:%H:%M}" == before for one in agenda)]
    assert there
    everybody.after_news({}, marked=there)
    check_colours(everybody, page)
    repair(everybody, page, "1 créneau est déplacé", before, after)
    assert everybody.after_announcement() == set(there)
    check_colours(everybody, page)


def a_telephone_call_is_repaired_and_undone(everybody: Audience, page: Page) -> None:
    """Somebody is stuck in a train, says so by telephone, and is there in time after all."""
    late = busiest(everybody, "c")
    former = everybody.agendas
    page.goto(f"{everybody.address}/")
    page.get_by_role("link", name="Réparer…").click()
    page.locator("[name=people-0-who]").select_option(late)
    page.locator("[name=people-0-what]").select_option("late")
    second = sorted({one.start for one in former[late]})[1]
    page.locator("[name=people-0-hour]").fill(f"{second:%H:%M}")
    propose_and_apply(page, Hand())
    concerned = everybody.after_announcement()
    assert late in concerned and everybody.agendas != former
    check_colours(everybody, page)
    page.locator("summary", has_text="Annuler cette réparation").click()
    page.get_by_role("button", name="L’annuler").click()
    expect(page.locator("#messages")).to_contain_text("à nouveau annoncé")
    assert everybody.after_announcement() == concerned
    assert everybody.agendas == former
    check_colours(everybody, page)


def meetings_are_moved_by_hand(everybody: Audience, page: Page) -> None:
    """By the menu, by the keyboard and by dragging; then the new version is published."""
    page.goto(f"{announced_version(everybody)}/")
    page.get_by_role("link", name="Modifier à la main").click()
    done: list[str] = []
    for move in (by_menu, by_keyboard, by_dragging):
        row, partner, slot, free = movable(page, besides=done)
        move(page, row, partner, slot, free)
        expect(cell(page, row, free).locator(f'.meeting[data-other="{partner}"]')).to_be_visible()
        done += [row, partner]
    expect(page.locator("#bench .bench-bar")).to_contain_text("3 changements")
    assert everybody.mails() == {}
    page.get_by_role("button", name="Garder comme nouvelle version").click()
    expect(page.locator("#messages")).to_contain_text("Gardée comme version")
    publish(page)
    assert everybody.after_announcement() == set(done)
    check_colours(everybody, page)


def mover(page: Page, free: str) -> Locator:
    form = f'#panel form:has(input[name="kind"][value="move"]):has(input[name="to"][value="{free}"])'
    return page.locator(f"{form} button")


def by_menu(page: Page, _row: str, _partner: str, _slot: str, free: str) -> None:
    mover(page, free).click()


def by_keyboard(page: Page, row: str, partner: str, slot: str, free: str) -> None:
    cell(page, row, slot).locator(f'.meeting[data-other="{partner}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    button = mover(page, free)
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")


def by_dragging(page: Page, row: str, partner: str, slot: str, free: str) -> None:
    drag(page, cell(page, row, slot).locator(f'.meeting[data-other="{partner}"]'), cell(page, row, free))


def two_organisers_collide(everybody: Audience, page: Page, other: Page) -> None:
    """The second has a proposal open while the first announces another timetable."""
    someone, another = busiest(everybody, "a"), busiest(everybody, "c")
    for organiser, who in ((page, someone), (other, another)):
        organiser.goto(f"{everybody.address}/repair/?who={who}")
        organiser.get_by_role("button", name="Voir la proposition").click()
        expect(organiser.get_by_role("button", name=re.compile("^Appliquer"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Appliquer")).click()
    expect(page.locator("#messages")).to_contain_text("C’est fait")
    assert everybody.after_announcement([someone])
    other.get_by_role("button", name=re.compile("^Appliquer")).click()
    expect(other.locator("#messages")).to_contain_text("entre-temps")
    assert everybody.mails() == {} and everybody.published() == everybody.agendas
    other.get_by_role("button", name=re.compile("^Refaire la proposition")).click()
    other.get_by_role("button", name=re.compile("^Appliquer")).click()
    expect(other.locator("#messages")).to_contain_text("C’est fait")
    assert everybody.after_announcement([another])
    check_colours(everybody, other)


# Fifteen times all that reaches everybody is read: a minute and a half on a quiet machine, many where others work too.
@pytest.mark.timeout(900)
def test_changes_after_the_announcement_are_repaired_and_told_to_those_concerned(
    everybody: Audience, page: Page, visitor: Visitor
) -> None:
    sign_in(everybody.server, page)
    phone = visitor(**PHONE, has_touch=True, is_mobile=True)
    publish_the_first_time(everybody, page)
    assert everybody.after_announcement() == everybody.people().keys()
    check_colours(everybody, page)
    gone = one_cancels(everybody, page, phone)
    one_is_late(everybody, page, phone, (gone,))
    one_comes_unannounced(everybody, page, phone)
    a_table_breaks(everybody, page)
    a_round_moves(everybody, page)
    a_telephone_call_is_repaired_and_undone(everybody, page)
    meetings_are_moved_by_hand(everybody, page)
    two_organisers_collide(everybody, page, sign_in(everybody.server, visitor()))
