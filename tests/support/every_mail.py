"""Every mail of the application, in every state and both languages, as it leaves.

`Mails` writes each by the function that the product writes it with, to people with names as hard as people make them,
and gives what a mailbox gets. A mail without a place here fails `tests/end_to_end/test_every_mail.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.drawn import picture
from tests.web.factories import Factory
from web.db import write
from web.domain.event.pictures import replace_picture
from web.domain.event.slots import days_of, times_of
from web.domain.links import invitation_address, no_reminders_address, page_address, personal_address, sign_in_address
from web.domain.mail import notices
from web.domain.mail.dressing import dressed
from web.domain.mail.organisers import organiser_of
from web.domain.mail.placeholders import Addressee
from web.domain.mail.sending import compose
from web.domain.people.unasked import BY_HAND
from web.domain.timetable.difference import AgendaChange, Entry
from web.models import Colleague, Event, Invitation, Occasion, OutboxMail, Purpose, Registration, Role, utcnow
from web.pictures import Drawn

LONG = "lesamisdelabibliothequemunicipaledesaintfiacre"
ARABIC = "جمعية الأمل للتعليم"
HOSTILE = '<b>L\'Atelier</b> & "Fils" <script>alert(1)</script>'
INTRO = "Vous cherchez un partenaire, un local, un coup de main ?\nVenez.\n\n- six rendez-vous\n- un café <offert>"
TOKEN = "k3J9xQ2vT7mZ5nB8wR4yL6pD1sF0hG"
NEWS = ("registered", "admitted", "queued", "accepted", "promoted", "declined", "waiting", "withdrawn", "unplanned",
        "absent", "link")  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """One mail: its place in the list, its language, what is stored of it and what leaves."""

    name: str
    language: str
    row: OutboxMail
    message: EmailMessage

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        found = self.message.get_body((kind,))
        assert found is not None, f"{self.name} has no {kind} form"
        content: str = found.get_content()
        return content


class Mails:
    """All of them. `written` holds the names of the functions that wrote them."""

    def __init__(self, session: Session) -> None:
        self.session, self.make = session, Factory(session)
        self.all: list[Mail] = []
        self.written: set[str] = set()
        self.organiser = self.make.user(name="Odile Organise", email="odile@example.org")
        self.plain = self._event("Rencontres sans apprêt", {}, place="")
        self.event = self._event("Rencontres d’été à Lille", _FACE, place="Salle des Fêtes, 12 rue du Canal, Lille")
        with write(session):
            logo = picture(320, 120)
            replace_picture(session, self.event.id, Purpose.LOGO, Drawn("image/png", logo, 320, 120))
        for language in ("fr", "en"):
            self.language = language
            self.me = self._participant(self.event, "Les Jardins du Canal")
            self.of_registrations()
            self.of_plain_event()
            self.of_agendas()
            self.before()
            self.to_organisers()
            self.of_accounts()
        session.rollback()

    def _event(self, title: str, face: dict[str, Any], place: str) -> Event:
        texts = {"intro": INTRO, "confirmation": "Merci 🎉\n\nPensez à vos cartes de visite."}
        event = self.make.event(self.organiser, title=title, place=place, face=face, texts=texts, slots=12)
        with write(self.session):
            event.answers_until = datetime.fromisoformat("2027-03-11T18:00:00+01:00")
        return event

    def _participant(self, event: Event, name: str, **values: Any) -> Registration:
        one = self.make.registration(event, name=name, language=self.language, **values)
        with write(self.session):
            one.confirmed_email = one.email
        return one

    def add(self, name: str, function: Callable[..., Any], /, *values: Any, **more: Any) -> None:
        """Have `function` write, and keep what it has written under `name`."""
        last = self.session.scalar(select(OutboxMail.id).order_by(OutboxMail.id.desc()).limit(1)) or 0
        with write(self.session):
            function(self.session, *values, **more)
        self.written.add(function.__name__)
        row = self.session.scalars(select(OutboxMail).where(OutboxMail.id > last)).one()
        event = self.session.get(Event, row.event_id) if row.event_id is not None else None
        organiser = None if event is None else organiser_of(event)
        message = compose(row, organiser, dressed(self.session, row, event))
        self.all.append(Mail(name, self.language, row, message))

    def of_registrations(self) -> None:
        mine = personal_address(TOKEN)
        for news in NEWS:
            self.add(f"registration {news}", notices.registration_notice, self.me, news, mine)
        for place, said in ((1, "first"), (3, "third")):
            for news in ("queued", "waiting"):
                self.add(f"{news}, {said}", notices.registration_notice, self.me, news, mine, place=place)
        self.add("merged", notices.merged_notice, self.me, str(self.me.email), mine)
        self.add("merged, the other", notices.merged_notice, self.me, "other@example.org", mine)
        self.of_colleagues(self.me)

    def of_plain_event(self) -> None:
        """Without logo, colour and place, to somebody whose names are hard to show."""
        one = self._participant(self.plain, f"{HOSTILE} {LONG}", contact_name=ARABIC)
        for news in ("registered", "accepted", "absent"):
            self.add(f"{news}, plain", notices.registration_notice, one, news, personal_address(TOKEN))
        self.of_colleagues(one, ", plain")

    def of_colleagues(self, one: Registration, look: str = "") -> None:
        mine, data = personal_address(TOKEN), personal_address(TOKEN) + "data"
        for by_organisers in (False, True):
            email = f"colleague{len(self.all)}@example.org"
            colleague = Colleague(registration=one, name=f"Zoé {HOSTILE}", email=email, language=self.language)
            colleague.by_organisers = by_organisers
            with write(self.session):
                self.session.add(colleague)
            name = f"colleague{', by organisers' if by_organisers else ''}{look}"
            self.add(name, notices.colleague_notice, colleague, mine, data)

    def of_agendas(self) -> None:
        mine, now = personal_address(TOKEN), utcnow()
        entries = _entries()
        late = _later(entries)
        for name, values in {
            "agenda": (entries, None, {}),
            "agenda, none": ([], None, {}),
            "agenda, two days": ([*entries, *late], None, {}),
            "agenda, agreed": (entries, None, {"since": AgendaChange()}),
            "agenda, other than agreed": (entries, None, {"since": _changes(entries)}),
            "agenda changed": (entries, _changes(entries), {}),
            "agenda changed, place": (entries[:1], AgendaChange(former_place="Ancienne halle"), {}),
            "agenda changed, none left": ([], AgendaChange(cancelled=tuple(entries[:2])), {}),
        }.items():
            planned, change, more = values
            self.add(name, notices.agenda_notice, self.me, planned, change, mine, now, **more)
        for name, change, again in (
            ("provisional", None, False),
            ("provisional changed", _changes(entries), False),
            ("provisional, no answer", None, True),
        ):
            self.add(name, notices.provisional_notice, self.me, entries, change, mine, now, again=again)
        self.add("presence", notices.presence_notice, self.me, mine, now)
        self.add("hours", notices.hours_notice, self.me, days_of(times_of(self.event)), mine, now)

    def before(self) -> None:
        there, ends = invitation_address(self.event.slug, TOKEN), datetime(2027, 3, 1, 18, 0)
        for contact_name, until in (("Zoé L’Été", ends), ("", None)):
            address = f"invited{len(self.all)}@example.org"
            one = Invitation(event_id=self.event.id, kind="association", name=HOSTILE, email=address)
            one.contact_name, one.language = contact_name, self.language
            with write(self.session):
                self.session.add(one)
            name = "invited" if contact_name else "invited, without a name"
            self.add(name, notices.invited_notice, one, until, there, utcnow())
        for occasion in Occasion:
            if occasion in BY_HAND:
                continue
            self.add(
                f"reminder {occasion}",
                notices.reminder_notice,
                self.event,
                occasion,
                recipient="reader@example.org",
                language=self.language,
                name="Camille Exemple",
                address=there,
                unsubscribe=no_reminders_address(self.event.slug, TOKEN),
                until=ends,
                due_at=utcnow(),
                organisation=HOSTILE,
                wishes=2,
            )
        self.by_hand(there)
        address = page_address("registering.draft", slug=self.event.slug, draft=TOKEN)
        recipient = "reader@example.org"
        self.add("draft", notices.draft_notice, self.event, recipient, self.language, address, utcnow())

    def by_hand(self, there: str) -> None:
        """What an organiser writes, with and without the link in its words."""
        mine = Addressee("Zoé L’Été", HOSTILE, self.language, personal_address(TOKEN), confirmed=True)
        theirs = Addressee("", ARABIC, self.language, there, confirmed=False, invited=True)
        subject, text = "Parking, {événement}", f"Bonjour {{nom}},\n\n{INTRO}\n\n- une carte\n- un stylo"
        told = ("reader@example.org", mine, utcnow())
        self.add("message", notices.message_notice, self.event, subject, text, *told)
        self.add("message, own link", notices.message_notice, self.event, subject, f"{text}\n\n{{lien}}", *told)
        invited = ("reader@example.org", theirs, utcnow())
        self.add("message, invited", notices.message_notice, self.event, subject, text, *invited)
        self.add("message, trial", notices.trial_notice, self.event, subject, text, self.organiser, mine)

    def to_organisers(self) -> None:
        with write(self.session):
            self.organiser.locale = self.language
        told, one = [self.organiser], self._participant(self.event, f"{HOSTILE} {ARABIC}")
        self.add("departure", notices.departure_notice, one, told)
        self.add("departure, erased", notices.departure_notice, one, told, named=False)
        self.add("absence", notices.absence_notice, one, told, 2)
        self.add("needs", notices.needs_notice, one, told)

    def of_accounts(self) -> None:
        user = self.make.user(name=f"Ana {LONG}", email=f"ana{self.language}@example.org", locale=self.language)
        new = self.make.user(name="", email=f"new{self.language}@example.org", locale=self.language)
        with write(self.session):
            new.password = None
        address = sign_in_address(TOKEN)
        for role in Role:
            values = (self.event, new if role == Role.DESK else user, role, "Odile Organise", address)
            self.add(f"team {role}", notices.invitation_notice, *values, readable=role == Role.DESK)
        self.add("sign in", notices.sign_in_notice, user, address)
        self.add("address changed", notices.address_changed_notice, user, f"former{self.language}@example.org")
        self.add("passkey", notices.passkey_notice, user, HOSTILE)


_FACE = {
    "name": "La Fabrique des Liens",
    "address": "12 rue du Canal\n59000 Lille",
    "colour": "#8a1c4a",
    "logo": {"digest": "0" * 64, "width": 320, "height": 120},
}


def _entries() -> list[Entry]:
    start = datetime(2027, 3, 18, 14, 0)
    names = ["Fournil Dubois", ARABIC, LONG, HOSTILE, "Fête 🎉 du Canal", "Imprimerie Lys"]
    moments = [start + timedelta(minutes=8 * place) for place in (0, 1, 3, 3, 5, 9)]
    return [
        Entry(name, f"c{number}", moment, moment + timedelta(minutes=6), "" if number == 5 else f"Table {number + 1}",
              online=number == 5)
        for number, (name, moment) in enumerate(zip(names, moments, strict=True))
    ]  # fmt: skip


def _later(entries: Sequence[Entry]) -> list[Entry]:
    day = timedelta(days=1)
    return [replace(one, start=one.start + day, end=one.end + day) for one in entries[:2]]


def _changes(entries: Sequence[Entry]) -> AgendaChange:
    first, second, third = entries[:3]
    hour = timedelta(hours=1)
    return AgendaChange(
        cancelled=(replace(first, partner="Briques & Cie"),),
        added=(first,),
        moved=((replace(second, start=second.start + hour, end=second.end + hour), second),),
        retabled=((replace(third, table="Espace accessible, près de l’entrée", facilitator="Lina"), third),),
    )
