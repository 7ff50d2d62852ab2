"""Every page of the application, in every state that is cheap to build: where it is, who looks, what is done first.

`Tour` fills an application with events in all stages of their life and gives the places to look at. Names are as hard
as people make them: one long word, letters of other scripts, characters that turn the writing around.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle

from flask import Flask, abort
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Schedule
from tests.support.by_hand import movable
from tests.support.drawn import logos
from tests.web.conftest import PASSWORD
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import event_value, import_event
from web.domain.event.programme import local_now
from web.domain.links import invitation_address
from web.domain.mail.sending import enqueue_mail
from web.domain.people import colleagues, inviting, mailing, registration
from web.domain.people.invited import invitation_token
from web.domain.people.inviting import Invited, invite_many
from web.domain.people.lists import taking, undoing
from web.domain.people.logos import set_logo
from web.domain.people.presence import confirm_presence
from web.domain.people.registration import participant_actor
from web.domain.people.segments import Group, Segment, reach
from web.domain.people.stopping import stop_address
from web.domain.people.unasked import last_mails
from web.domain.team.access import issue_sign_in_link, personal_token
from web.domain.team.accounts import enable_second_factor, new_totp_secret
from web.domain.team.team import invite
from web.domain.timetable import agreeing, answers, edits, repair
from web.domain.timetable.publishing import publish
from web.domain.timetable.repair import Said
from web.domain.timetable.versions import annotate, event_of, store_version
from web.models import (
    Colleague,
    Event,
    Invitation,
    Mailing,
    OutboxMail,
    Passkey,
    Registration,
    Role,
    ScheduleVersion,
    User,
    utcnow,
)
from web.security import allow

# Pages that people who register do not change.
SAME_WHEN_EMPTY = {
    f"registering: {name}"
    for name in ("add", "copy", "description", "grid", "versions", "repair", "agreement", "who comes")
}
ORGANISER, DESK, GUARDED = "odile@example.org", "denis@example.org", "gaelle@example.org"
LONG = "lesamisdelabibliothequemunicipaledesaintfiacre.example"
# A title above the headings, a kind and a need that the event does not have, somebody doubtful, somebody faulty.
KM = "Combien de kilomètres parcourez-vous, aller et retour, depuis votre siège ou votre domicile ?"
QUESTIONS = [
    {
        "id": "q1",
        "kind": "choice",
        "fr": "Votre repas de midi",
        "en": "Your lunch",
        "required": False,
        "choices": [["Végétarien", "Vegetarian"], ["Avec poisson", "With fish"]],
    },
    {"id": "q2", "kind": "text", "fr": "Contact", "en": "", "required": False, "choices": []},
    {
        "id": "q3",
        "kind": "number",
        "fr": KM,
        "en": "How many kilometres do you travel to come, there and back, from your seat or from home?",
        "required": False,
        "choices": [],
    },
]
LIST = f"""Annuaire des structures, mars;;;;;;;;;
Nom de la structure;Genre;Courriel;Tél.;Vos besoins;Votre repas de midi;Contact [q2];Sa table;{KM};Statut du dossier
Les Jardins du Canal;Asso;nouvelle@example.org;03 20 11 22 33;Numérique;avec poisson;Par un voisin;Table 2;12,5;écartée
Atelier Solidaires;Asso;;;Finance et comptabilité, Droit;;;;;
Compagnie des Quais;Coopérative;quais@example.org;;Comptabilitée;Végétarien;{"Un très long récit " * 12};;;
{LONG.removesuffix(".example")};Association;longue@example.org;;Communication;;;;;
Le Grenier;Association;grenier-at-example;;;Végétarienne;;;beaucoup;
"""
HARD_NAMES = (LONG, "جمعية الأمل للتعليم", "北京艺术协会", "Fête 🎉 du Canal")

# What answers with something else than a page: files, answers for programs, parts of a page.
FILES = {
    *("static", "events.export", "participant.agenda_calendar", "participant.agenda_print", "participant.data_export"),
    "participant.preparation_print",
    *("schedule.files.agenda", "schedule.files.agendas", "schedule.files.calendar", "schedule.files.event_file"),
    *("sharing.picture", "sharing.colours", "sharing.qr_code", "sharing.preview", "robots.robots_txt"),
    *("robots.security_txt", "schedule.files.concerned", "schedule.files.schedule_file", "schedule.files.workbook"),
    *("schedule.files.meetings", "participants.lists.export", "events.template"),
    *("participant.logo_picture", "participants.logo_picture"),
}
PROGRAMS = {
    *("health.healthz", "api.openapi", "api.get_event", "api.list_schedules", "api.get_schedule", "api.get_job"),
    *("api.agendas", "api.agenda", "api.calendar"),
}
PARTS = {
    *("events.grid", "setup.generate_grid", "schedule.answers", "schedule.compute.progress", "schedule.edit.panel"),
    "outbox.html",
}


@dataclass(frozen=True)
class Place:
    """A page in one state. `who`: the visitor's address, none for a stranger; `deed`: done there before looking."""

    name: str
    address: str
    who: str | None = ORGANISER
    status: int = 200
    deed: Callable[[Page], object] | None = None


class Tour:
    """All places of an application that this fills, with `announced` as the event that is computed and published."""

    def __init__(self, app: Flask, session: Session, announced: tuple[EventValue, Schedule]) -> None:
        self.session, self.make = session, Factory(session)
        self.value, self.schedule = announced
        self.odile = self.make.user(email=ORGANISER, name="Odile Organise")
        self.denis = self.make.user(email=DESK, name="Denis Accueil", locale=None)
        self.gaelle = self.make.user(email=GUARDED, name="Gaëlle Garde")
        app.add_url_rule("/refused/<int:status>", "refused", allow("public")(lambda status: abort(status)))
        self.places: list[Place] = [
            *self.for_anybody(),
            *self.accounts(),
            *self.nothing_yet(),
            *self.registering(),
            *self.choosing(),
            *self.computing(),
            *self.agreeing(),
            *self.announced(),
            *self.drifting(),
            *self.repaired(),
            *self.today(),
        ]
        # What this has read must not keep the database from whoever writes next.
        session.rollback()

    # Without an event

    def for_anybody(self) -> list[Place]:
        errors = [Place(f"error {status}", f"/refused/{status}", None, status) for status in (400, 403, 404, 409, 413)]
        errors += [Place(f"error {status}", f"/refused/{status}", None, status) for status in (429, 500, 503)]
        return [
            Place("home", "/", None),
            Place("sign in", "/sign-in", None),
            Place("sign in, wrong", "/sign-in", None, deed=sent(email=ORGANISER, password="not this one, surely")),
            Place("forgotten", "/sign-in/forgotten", None),
            Place("link", f"/sign-in/link/{self.link(self.denis)}", None),
            Place("link, used", "/sign-in/link/unknown", None, 404),
            Place("code", "/sign-in", None, deed=sent(email=GUARDED, password=PASSWORD)),
            Place("code, wrong", "/sign-in/code", None, deed=sent(code="000000")),
            Place("personal link, unknown", "/p/unknown/", None, 404),
            Place("nowhere", "/nowhere", None, 404),
            *errors,
        ]

    def link(self, user: User) -> str:
        with write(self.session):
            return issue_sign_in_link(self.session, user)

    def accounts(self) -> list[Place]:
        with write(self.session):
            for name in ("Mon téléphone", LONG):
                key = name.encode()
                self.session.add(Passkey(user_id=self.gaelle.id, name=name, credential_id=key, public_key=key))
        return [
            Place("account", "/account", DESK),
            Place("account, wrong", "/account", DESK, deed=sent(email="nobody", password="short")),
            Place("second factor", "/account/second-factor", DESK),
            Place("account, guarded", "/account", GUARDED),
            Place("recovery codes", "/account", GUARDED, deed=new_codes),
            Place("guide", "/guide/", GUARDED),
            Place("events, none", "/events/", GUARDED),
        ]

    def guard(self, app: Flask) -> None:
        """Have Gaëlle's signing in ask for a code; to be done once she is signed in."""
        secret = new_totp_secret()
        code = app.extensions["security"].totp_factory.generate_totp_password(secret)
        assert enable_second_factor(self.session, self.gaelle, secret, code, PASSWORD)

    # Stages of an event

    def nothing_yet(self) -> list[Place]:
        event = self.make.event(self.odile, title="Rien encore", status="draft", slots=0, tables=0, place="")
        return [one for one in self.event_places(event, "nothing yet") if one.name != "nothing yet: repair"]

    def registering(self) -> list[Place]:
        make = self.make
        event = make.event(self.odile, title="Rencontres de mars", facilitators=1, slots=12, tables=4, wish_limit=4,
                           quotas={"association": 3, "company": 20}, promotes=True,
                           targets=[{"share": 33, "kind": "company", "among": ["size:tpe", "size:pme"]}])  # fmt: skip
        next_year(self.session, event)
        make.member(event, self.denis, Role.DESK)
        invite(self.session, event, email="nouvelle@example.org", role=Role.COMMITTEE, actor=SYSTEM)
        one = make.registration(event, name="Les Jardins du Canal", status="pending")
        other = make.registration(event, kind="company", name="Nord Numérique", publish_name=True)
        third = make.registration(event, name="Atelier Solidaire", needs_facilitator=True)
        waiting = make.registration(event, name="Le Fournil", status="waiting")
        declined = make.registration(event, kind="company", name="Chantiers Lys", status="declined")
        hard = [make.registration(event, kind="company", name=name, publish_name=True) for name in HARD_NAMES]
        twin = make.registration(event, name="Jardins du Canal (Les)", status="pending")
        named = [
            make.registration(event, name=name, publish_name=True)
            for name in ("Mémoire de Quartier", "Un Toit pour Tous")
        ]
        self.show_logos([third, other, *hard, twin, *named])
        make.wishes(third, [other, *hard[:2]])
        make.wishes(hard[2], [third])
        make.veto(third, hard[-1])
        make.rule(event, third, other)
        make.rule(event, third, hard[0], status="forbidden")
        with write(self.session):
            mail = enqueue_mail(
                self.session, recipient="a@example.org", subject="Bonjour", text="À jeudi.", event_id=event.id
            )
            mail.state, mail.error = "failed", "550 no such mailbox"
        make.job(event, state="failed", error="infeasible", reasons=[
            {"code": "meeting", "values": {"pair": ["Atelier Solidaire", LONG], "slot": None, "session": None}},
            {"code": "max_in_a_row", "values": {"most": 2}},
        ], finished_at=utcnow())  # fmt: skip
        base = f"/events/{event.id}"
        public = f"/e/{event.slug}"
        waiting_for, refused, answered = self.invited(event, other)
        mine = f"/p/{make.personal_link(third)}"
        return [
            *[one for one in self.event_places(event, "registering") if one.name not in SAME_WHEN_EMPTY],
            Place("events", "/events/"),
            Place("events, of the desk", "/events/", DESK),
            Place("new event", "/events/new"),
            Place("new event, empty", "/events/new", deed=sent(title="", rounds="0")),
            Place("import", "/events/import"),
            Place("participants, found nobody", f"{base}/participants/?q=zzzz"),
            Place("participant", f"{base}/participants/{third.id}/"),
            Place("participant, long word", f"{base}/participants/{hard[0].id}/"),
            Place("participant, pending", f"{base}/participants/{one.id}/"),
            Place("places, wrong", f"{base}/setup/places", deed=sent(**{"places-0-number": "-1"})),
            Place("places, asked", f"{base}/setup/places", deed=sent(**{"places-0-number": "9"})),
            Place("participant, declined", f"{base}/participants/{declined.id}/"),
            Place("doubles", f"{base}/participants/doubles"),
            *self.lists(event),
            Place("merging", f"{base}/participants/{one.id}/merge/{twin.id}"),
            Place("participant, edited", f"{base}/participants/{third.id}/edit"),
            Place("participant, new, empty", f"{base}/participants/new", deed=sent(name="")),
            Place("mail", f"{base}/mails/{mail.id}/"),
            *self.messages(event),
            Place("public page", f"{public}/", None),
            Place("poster", f"{public}/poster", None),
            Place("register", f"{public}/register", None),
            Place("register, association", f"{public}/register?kind=association", None),
            Place("register, empty", f"{public}/register?kind=company", None, deed=sent_at_last),
            Place("register, second step", f"{public}/register?kind=company", None, deed=at_step(2)),
            Place("register, third step", f"{public}/register", None, deed=at_step(3)),
            Place("register, read again", f"{public}/register", None, deed=at_step(4)),
            Place("register, kept for later", f"{public}/register/later", None),
            Place("register, nothing kept", f"{public}/register/draft/unknown", None, 404),
            Place("invitations, found nobody", f"{base}/invitations/?q=zzzz"),
            Place("inviting, empty", f"{base}/invitations/new", deed=sent(people="Le Grenier")),
            Place("invitation", f"{base}/invitations/{waiting_for.id}/"),
            Place("invitation, mail failed", f"{base}/invitations/{refused.id}/"),
            Place("invitation, answered", f"{base}/invitations/{answered.id}/"),
            Place("invited", self.link_of(waiting_for), None),
            Place("invited, answered", self.link_of(answered), None),
            Place("invited, unknown", f"{public}/invited/unknown", None, 404),
            Place("no more reminders", link_path(stop_address(event, waiting_for)), None),
            Place("already registered", f"{public}/already-registered", None),
            Place("lost link", f"{public}/lost-link", None),
            Place("accepted", f"{mine}/", None),
            Place("welcome", f"{mine}/?welcome=1", None),
            Place("directory", f"{mine}/directory", None),
            Place("directory, found nobody", f"{mine}/directory?text=zzzz", None),
            Place("wishes", f"{mine}/choices", None),
            Place("own registration", f"{mine}/registration", None),
            Place("own logo", f"{mine}/logo", None),
            Place("own logo, none chosen", f"{mine}/logo", None, deed=no_logo_chosen),
            Place("withdrawing", f"{mine}/withdraw", None),
            Place("own data", f"{mine}/data", None),
            *self.colleagues(third, mine),
            *[
                Place(f"status {row.status}", f"/p/{make.personal_link(row)}/", None)
                for row in (one, waiting, declined)
            ],
        ]

    def choosing(self) -> list[Place]:
        """Wishes are shown; some of those who take part met at an earlier event."""
        make = self.make
        event = make.event(self.odile, title="Rencontres choisies", slots=6, tables=3)
        next_year(self.session, event)
        lines = {
            "needs": {"skills.digital": "deux journées de graphiste en mai"},
            "offers": {"visibility.image": "un reportage photo sur nos jardins", "premises.room": "aide"},
        }
        me = make.registration(event, name="Les Jardins du Canal", notes=lines, zone="lille",
                               offers=["visibility.image", "premises.room"])  # fmt: skip
        wished = [
            make.registration(
                event, kind="company", name=name, zone="lille", notes={"offers": {"skills.digital": said}}
            )
            for name, said in zip(
                ("Nord Numérique", *HARD_NAMES[:3]), ("un site refait en trois jours", "", "aide", LONG), strict=True
            )
        ]
        make.wishes(me, wished)
        for one in (wished[0], wished[1], make.registration(event, kind="company", name="Le Fournil")):
            make.wishes(one, [me])
        with write(self.session):
            event.wishes_shown_at = me.wishes_saved_at = utcnow()
            me.wishes_saved_at -= timedelta(days=1)
        make.met_before(self.odile, me, wished[0], title="Rencontres d’automne")
        secret = make.event(self.odile, title="Souhaits secrets")
        next_year(self.session, secret)
        make.wishes(make.registration(secret), [make.registration(secret, kind="company")])
        mine = f"/p/{make.personal_link(me)}"
        nobody = f"/p/{make.personal_link(make.registration(event, name='Sans souhait'))}"
        return [
            Place("directory, wishes shown", f"{mine}/directory?wishing=me", None),
            Place("wishes, shown", f"{mine}/choices", None),
            Place("preparing, by wishes", f"{mine}/preparation", None),
            Place("preparing, nobody", f"{nobody}/preparation", None),
            Place("wishes to be shown, asked", f"/events/{secret.id}/setup/", deed=wishes_to_be_shown),
        ]

    def show_logos(self, people: list[Registration]) -> None:
        """Each a logo of another shape and ground, in turn."""
        for one, drawn in zip(people, cycle(logos()), strict=False):
            set_logo(self.session, one, drawn, seen="", actor=SYSTEM)

    def colleagues(self, me: Registration, mine: str) -> list[Place]:
        """The page of colleagues, as the first contact of `me` sees it and as one of them does, whose link works."""
        rows = [("Léa Martin", "lea@example.org"), ("جمعية الأمل", f"{'a' * 40}@{LONG}"), ("Jo", "jo@example.org")]
        added = [
            colleagues.add(self.session, me, name=name, email=email, language="fr", actor=Actor.of_user(self.odile))
            for name, email in rows
        ]
        lea, unreached, revoked = (one for one in added if one is not None)
        colleagues.revoke(self.session, me, revoked.id, SYSTEM)
        with write(self.session):
            mail = self.session.scalars(select(OutboxMail).where(OutboxMail.colleague_id == unreached.id)).one()
            mail.state, mail.error = "failed", "550 no such mailbox"
            link = f"/p/{personal_token(lea)}"
        return [
            Place("colleagues", f"{mine}/colleagues", None),
            Place("colleagues, empty", f"{mine}/colleagues", None, deed=sent(name="", email="lea")),
            Place("colleague: page", f"{link}/", None),
            Place("colleague: colleagues", f"{link}/colleagues", None),
            Place("colleague: registration", f"{link}/registration", None),
            Place("colleague: data", f"{link}/data", None),
            Place("colleague: not allowed", f"{link}/withdraw", None, 403),
            Place("participant with colleagues", f"/events/{me.event_id}/participants/{me.id}/"),
        ]

    def invited(self, event: Event, other: Registration) -> list[Invitation]:
        """Invitations in three states: sent, not delivered, answered; and one that is not sent."""
        names = ("Les Amis du Parc", LONG.partition(".")[0], "Nord Numérique", "جمعية الأمل للتعليم")
        rows = [
            Invited(kind="company", name=name, email=f"invited{number}@example.org", phone="03 20 00 00 00")
            for number, name in enumerate(names)
        ]
        made = invite_many(self.session, event, rows, SYSTEM).invitations
        inviting.send(self.session, event, [one.id for one in made[:3]], SYSTEM)
        with write(self.session):
            made[2].registration_id = other.id
            mail = last_mails(self.session, event.id)[made[1].id]
            mail.state, mail.error = "failed", "550 5.1.1 no such mailbox"
        return made[:3]

    def link_of(self, one: Invitation) -> str:
        with write(self.session):
            return link_path(invitation_address(one.event.slug, invitation_token(one)))

    def write_to_colleagues(self, event: Event, draft: Mailing) -> None:
        """Have `draft` reach colleagues too: one more, another's first contact, one who wants no mails."""
        one, other = list(reach(self.session, event, Segment()).all.values())[:2]
        rows = [
            ("Léa Martin", f"lea@{LONG}", True),
            ("Jo", other.email, True),
            ("جمعية الأمل", "no@example.org", False),
        ]
        with write(self.session):
            self.session.add_all(
                Colleague(registration_id=one.id, name=name, email=email, wants_mails=wants)
                for name, email, wants in rows
            )
            draft.segment = {**draft.segment, "colleagues": True}

    def messages(self, event: Event) -> list[Place]:
        """Drafts that reach some and nobody, one unticked in part, and one that is sent; one withdrew, one has no
        address, and of one the mail came back."""
        base, actor = f"/events/{event.id}/mails/messages", Actor.of_user(self.odile)
        self.make.registration(event, name="Parti", status="withdrawn")
        self.make.registration(event, kind="company", name="Sans adresse", email=None)
        text = f"Bonjour {{nom}},\n\nLa salle change, 🎉 مرحبا {LONG}.\nÀ bientôt !"
        words = mailing.Words(f"Une autre salle {LONG}", text, "Another room", "Hello {name}, the room is another.")
        everybody, nobody = Segment(Group.EVERYBODY), Segment(Group.NOT_PRESENT)
        sent_one, draft, left_out, empty = (
            mailing.save(self.session, event, None, replace(words, subject=f"{n} {words.subject}"), segment, 0, actor)
            for n, segment in enumerate((Segment(), everybody, everybody, nobody), 1)
        )
        self.write_to_colleagues(event, draft)
        shown = [*reach(self.session, event, Segment()).all]
        mailing.send(self.session, event, sent_one.id, sent_one.version, shown, shown, actor)
        with write(self.session):
            mail = mailing.mails_of(self.session, sent_one)[0]
            mail.state, mail.error = "failed", "550 5.1.1 no such mailbox"
        shown = [*reach(self.session, event, everybody).all]
        mailing.send(self.session, event, left_out.id, left_out.version, shown, shown[:3], actor)
        return [
            Place("message, faults", f"{base}/new", deed=sent(subject="", text="Bonjour {prenom}", other_subject="S")),
            Place("message, draft", f"{base}/{draft.id}/"),
            Place("message, some unticked", f"{base}/{left_out.id}/"),
            Place("message, asked again", f"{base}/{draft.id}/", deed=one_unticked),
            Place("message, nobody", f"{base}/{empty.id}/"),
            Place("message, changed", f"{base}/{draft.id}/edit"),
            Place("message, sent", f"{base}/{sent_one.id}/"),
            Place("message, one mail", f"/events/{event.id}/mails/{mail.id}/"),
        ]

    def lists(self, event: Event) -> list[Place]:
        """Lists of people that were sent: not matched yet, looked through, imported, undone."""
        base, actor = f"/events/{event.id}/participants/lists", Actor.of_user(self.odile)
        # What two others have brought in, the first one changes.
        sent = [LIST.replace("12,5", "14").replace("avec poisson", "Vegetarian"), LIST, LIST]
        places = event.quotas
        with write(self.session):
            event.quotas, event.questions = {}, QUESTIONS
        waiting, undone, imported = (
            taking.start(self.session, event, data.encode(), f"structures {number}.csv", self.odile, actor)
            for number, data in enumerate(sent, start=1)
        )
        for one in (undone, imported):
            found = taking.preview(self.session, event, one, "fr")
            rows = [line.draft.number for line in found.comparison.lines if line.draft.number in (3, 6)]
            said = {"version": one.version, "digest": found.comparison.digest, "language": "fr", "actor": actor}
            taking.take(self.session, event, one, rows=rows, targets={}, meanings={}, **said)
            if one is undone:
                undoing.undo(self.session, event, one, one.version, actor)
        # All are taken: the public page says so.
        with write(self.session):
            event.quotas = places
        return [
            Place("list, columns", f"{base}/{waiting.id}/columns"),
            Place("list, rows", f"{base}/{waiting.id}/rows"),
            Place("list, no row ticked", f"{base}/{waiting.id}/rows", deed=no_row_ticked),
            Place("list, undone", f"{base}/{undone.id}/"),
            Place("list, imported", f"{base}/{imported.id}/"),
        ]

    def computing(self) -> list[Place]:
        event = self.make.event(self.odile, title="Journée des métiers")
        values = {"shortfall": 0, "value": 1840, "breaks": 12, "idle_slots": 30, "table_moves": 8}
        tiers = [{"name": name, "value": value, "bound": None} for name, value in values.items()]
        better = [{**tier, "value": 1902, "bound": 1950} if tier["name"] == "value" else tier for tier in tiers]
        self.make.job(
            event,
            state="running",
            started_at=utcnow(),
            heartbeat_at=utcnow(),
            progress=[{"seconds": 1.2, "tiers": tiers}, {"seconds": 3.4, "tiers": better}],
        )
        return [
            Place("computing", f"/events/{event.id}/schedule/compute/"),
            Place("versions while computing", f"/events/{event.id}/schedule/"),
        ]

    def agreeing(self) -> list[Place]:
        """A provisional round with refusals; then another version is asked about by its page, and one planned anew."""
        event, version = self.published("Un planning provisoire", HARD_NAMES, announce=False)
        agreeing.ask(self.session, version, utcnow() + timedelta(days=3), SYSTEM)
        busy = self.busy(version)
        partners = self.partners(version, busy)
        for one, reason, note in ((busy, "known", ""), (partners[1], "other", "Nous nous voyons chaque semaine " * 8)):
            whom = partners[0] if one is busy else busy
            answers.decline(self.session, one, version.id, whom.key, reason, note, participant_actor(one))
        answers.agree(self.session, partners[2], version.id, participant_actor(partners[2]))
        anew = agreeing.replan(self.session, event, SYSTEM)
        silent = self.make.personal_link(partners[3])
        base = f"/events/{event.id}"
        closed, closed_version = self.published("Réponses closes", announce=False)
        agreeing.ask(self.session, closed_version, utcnow() + timedelta(days=3), SYSTEM)
        agreeing.close(self.session, closed, SYSTEM)
        return [
            Place("agreement: overview", f"{base}/"),
            Place("agreement: answers", f"{base}/agreement/"),
            Place("agreement: versions", f"{base}/schedule/"),
            Place("agreement: version", f"{base}/schedule/{version.id}/"),
            Place("agreement: publishing", f"{base}/schedule/{version.id}/publish"),
            Place("agreement: asking again", f"{base}/agreement/{anew.id}/ask"),
            Place(
                "agreement: asking, too early", f"{base}/agreement/{anew.id}/ask", deed=sent(until="2020-01-01T10:00")
            ),
            Place("agreement: other deadline", f"{base}/agreement/{version.id}/ask"),
            Place("agreement: planned anew", f"{base}/agreement/{anew.id}/"),
            Place("agreement: closed", f"/events/{closed.id}/agreement/"),
            Place("provisional agenda", f"/p/{silent}/", None),
            Place("provisional agenda, declining", f"/p/{silent}/", None, deed=declining),
            Place("provisional agenda, confirmed", f"/p/{self.make.personal_link(partners[2])}/", None),
            Place("provisional agenda, declined", f"/p/{self.make.personal_link(busy)}/", None),
            Place("provisional agenda, closed", f"/p/{self.make.personal_link(self.people(closed)[0])}/", None),
        ]

    def announced(self) -> list[Place]:
        event, version = self.published("Rencontres annoncées")
        with write(self.session):
            newer = store_version(
                self.session, event.id, event_value(self.session, event), self.schedule, parent_id=version.id
            )
        busy, alone = self.busy(version), self.people(event)[-1]
        base = f"/events/{event.id}"
        mine = f"/p/{self.make.personal_link(busy)}"
        return [
            Place("announced: overview", f"{base}/"),
            Place("announced: version", f"{base}/schedule/{version.id}/"),
            Place("announced: published", f"{base}/schedule/{version.id}/publish"),
            Place("publishing", f"{base}/schedule/{newer.id}/publish"),
            Place("capacity", f"{base}/schedule/capacity?compute=1"),
            Place("compare", f"{base}/schedule/compare?v={version.id}&v={newer.id}"),
            Place("moving rounds", f"{base}/setup/slots", deed=rounds_moved),
            Place("participant of the timetable", f"{base}/participants/{busy.id}/"),
            Place("agenda", f"{mine}/", None),
            Place("preparing", f"{mine}/preparation", None),
            Place("directory, announced", f"{mine}/directory", None),
            Place("wishes, announced", f"{mine}/choices", None),
            Place("agenda of another", f"/p/{self.make.personal_link(alone)}/", None),
        ]

    def drifting(self) -> list[Place]:
        """Announced; then one goes, one comes, the place changes; a repair is proposed, a draft lies in the bench."""
        event, version = self.published("Ce qui a changé depuis", HARD_NAMES)
        step, _change = movable(self.session, version)
        edits.do_step(self.session, version, step, 0, SYSTEM)
        gone = self.busy(version)
        partner = self.partners(version, gone)[0]
        registration.withdraw(self.session, gone, SYSTEM)
        late = self.make.registration(event, key="late", name="Le Fournil tardif")
        with write(self.session):
            event.place = "Halle aux Grains"
        with write(self.session):
            older = store_version(self.session, event.id, event_of(version), self.schedule)
        base = f"/events/{event.id}"
        slot = self.value.slots[3].id
        second = self.people(event)[0] if self.people(event)[0].id != gone.id else self.people(event)[1]
        proposal = repair.propose_repair(self.session, event, Said(late={second.key: slot}), SYSTEM)
        # A note is of the language of whoever wrote it.
        annotate(self.session, proposal, "Un retard", SYSTEM)
        return [
            Place("drift: overview", f"{base}/"),
            Place("drift: versions", f"{base}/schedule/"),
            Place("drift: repair", f"{base}/repair/"),
            *self.version_places(event, version, "drift", partner.key),
            Place("drift: repair of somebody", f"{base}/repair/?who={second.key}"),
            Place("drift: repair, half said", f"{base}/repair/", deed=sent(minutes="10")),
            Place("drift: proposal", f"{base}/repair/{proposal.id}/"),
            Place("drift: publishing", f"{base}/schedule/{older.id}/publish"),
            Place("drift: publishing refused", f"{base}/schedule/{older.id}/publish", deed=sent()),
            Place("drift: bench, a meeting", f"{base}/schedule/{version.id}/edit/", deed=a_meeting_chosen),
            Place("drift: bench, a free place", f"{base}/schedule/{version.id}/edit/", deed=a_place_chosen),
            Place("drift: participant gone", f"{base}/participants/{gone.id}/"),
            Place("drift: agenda", f"/p/{self.make.personal_link(partner)}/", None),
            Place("drift: of whom has gone", f"/p/{self.make.personal_link(gone)}/", None),
            Place("drift: of whom came late", f"/p/{self.make.personal_link(late)}/", None),
        ]

    def repaired(self) -> list[Place]:
        event, _version = self.published("Réparé")
        people = self.people(event)
        first, second = (
            repair.propose_repair(self.session, event, Said(absent=(one.key,)), SYSTEM)
            for one in (people[0], people[-1])
        )
        repair.apply(self.session, first, SYSTEM)
        base = f"/events/{event.id}"
        return [
            Place("repair applied", f"{base}/repair/{first.id}/"),
            Place("repair outdated", f"{base}/repair/{second.id}/"),
            Place("overview after a repair", f"{base}/"),
        ]

    def today(self) -> list[Place]:
        """Held right now: what is over, what is now, what comes next."""
        make = self.make
        event = make.event(self.odile, title="Aujourd’hui", slots=6)
        moment = local_now(event).replace(second=0, microsecond=0)
        with write(self.session):
            for position, slot in enumerate(event.slots):
                slot.starts_at = moment + timedelta(minutes=8 * (position - 2))
                slot.ends_at = slot.starts_at + timedelta(minutes=7)
        me = make.registration(event, name="Les Jardins du Canal")
        others = [make.registration(event, kind="company", name=name) for name in HARD_NAMES]
        meetings = [
            {"between": [me.key, one.key], "slot": slot, "table": "t1", "facilitator": None, "score": 10}
            for one, slot in zip(others, ("s1", "s3", "s4", "s6"), strict=True)
        ]
        publish(self.session, make.schedule(event, meetings), SYSTEM)
        tomorrow = make.event(self.odile, title="Demain", slots=6)
        with write(self.session):
            for slot in tomorrow.slots:
                begin = local_now(tomorrow).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=1)
                slot.starts_at = begin + timedelta(minutes=8 * slot.position)
                slot.ends_at = slot.starts_at + timedelta(minutes=6)
        comes = make.registration(tomorrow, name="Les Jardins du Canal", phone="03 20 00 00 00")
        sure = make.registration(tomorrow, kind="company", name=LONG)
        meetings = [{"between": [comes.key, sure.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 10}]
        publish(self.session, make.schedule(tomorrow, meetings), SYSTEM)
        confirm_presence(self.session, sure, SYSTEM)
        return [
            Place("agenda of today", f"/p/{make.personal_link(me)}/", None),
            Place("today", f"/events/{event.id}/"),
            Place("tomorrow: are you coming", f"/p/{make.personal_link(comes)}/", None),
            Place("tomorrow: expected", f"/p/{make.personal_link(sure)}/", None),
            Place("tomorrow: who comes", f"/events/{tomorrow.id}/agreement/presence"),
            Place("tomorrow: participants", f"/events/{tomorrow.id}/participants/"),
        ]

    # Parts of these

    def event_places(self, event: Event, state: str) -> list[Place]:
        """The organiser's pages that every event has."""
        pages = {
            "overview": "",
            "copy": "duplicate",
            "description": "setup/",
            "organiser": "setup/organiser",
            "public page, said": "setup/public-page",
            "rules": "setup/rules",
            "rounds": "setup/slots",
            "grid": "setup/slots/generate",
            "tables": "setup/tables",
            "facilitators": "setup/facilitators",
            "questions": "setup/questions/",
            "pairs": "setup/requirements",
            "places": "setup/places",
            "participants": "participants/",
            "add": "participants/new",
            "invitations": "invitations/",
            "reminders": "invitations/reminders/",
            "lists": "participants/lists/",
            "pool": "participants/pool/",
            "where we stand": "invitations/standing/",
            "versions": "schedule/",
            "compute": "schedule/compute/",
            "capacity, not asked": "schedule/capacity",
            "mails": "mails/",
            "messages": "mails/messages/",
            "message, new": "mails/messages/new",
            "team": "team/",
            "data": "data/",
            "log": "log/",
            "repair": "repair/",
            "agreement": "agreement/",
            "who comes": "agreement/presence",
        }
        return [Place(f"{state}: {name}", f"/events/{event.id}/{tail}") for name, tail in pages.items()]

    def version_places(self, event: Event, version: ScheduleVersion, state: str, who: str) -> list[Place]:
        pages = {
            "version": "",
            "tables of the version": "tables",
            "quality": "quality?answers=1",
            "publish": "publish",
            "bench": "edit/",
            "bench by tables": "edit/?by=tables",
            "agenda of one": f"participants/{who}/",
            "why not": f"participants/{who}/why-not",
        }
        base = f"/events/{event.id}/schedule/{version.id}"
        return [Place(f"{state}: {name}", f"{base}/{tail}") for name, tail in pages.items()]

    def published(
        self, title: str, names: Sequence[str] = (), *, announce: bool = True
    ) -> tuple[Event, ScheduleVersion]:
        """The event of the tour under `title`, next year, announced; some of its participants have `names`."""
        value = self.value.model_copy(update={"title": title})
        event = import_event(self.session, value, self.odile.id, Actor.of_user(self.odile))
        next_year(self.session, event)
        people = self.people(event)
        with write(self.session):
            for one in people:
                one.email = f"{one.key}@example.org"
            for one, name in zip(people[:: max(1, len(people) // (len(names) or 1))], names, strict=False):
                one.name = name
            version = store_version(self.session, event.id, event_value(self.session, event), self.schedule)
        if announce:
            publish(self.session, version, SYSTEM)
        return event, version

    def people(self, event: Event) -> Sequence[Registration]:
        found = select(Registration).where(Registration.event_id == event.id).order_by(Registration.position)
        return self.session.scalars(found).all()

    def busy(self, version: ScheduleVersion) -> Registration:
        """Who has most meetings."""
        held = [id for one in self.schedule.meetings for id in one.between]
        return max(self.people(version.event), key=lambda one: held.count(one.key))

    def partners(self, version: ScheduleVersion, of: Registration) -> list[Registration]:
        keys = {id for one in self.schedule.meetings if of.key in one.between for id in one.between} - {of.key}
        return [one for one in self.people(version.event) if one.key in keys]


def link_path(address: str) -> str:
    """What a link leads to on any server."""
    return "/e/" + address.partition("/e/")[2]


def next_year(session: Session, event: Event) -> None:
    """What is open for registration is so whenever this is run."""
    year = utcnow().year + 1
    with write(session):
        for slot in event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=year), slot.ends_at.replace(year=year)


# What is done on a page before it is looked at


def one_unticked(page: Page) -> None:
    """One more left out than the button says, and the button pressed."""
    page.evaluate("document.querySelectorAll('main form details').forEach((one) => one.open = true)")
    page.locator("main [name=ticked]:checked").first.uncheck()
    with page.expect_navigation():
        page.locator("main form:has([name=ticked]) button[type=submit]").click()


def sent(**values: str) -> Callable[[Page], None]:
    """The page's form, filled in with `values` and sent."""

    def deed(page: Page) -> None:
        form = page.locator("main form:not(.inline)")
        if values:
            # There may be others on the page.
            form = form.filter(has=page.locator(f"[name={next(iter(values))}]")).first
        button = form.locator("button[type=submit]:visible").last
        page.evaluate("document.querySelectorAll('main form details:not(.confirm)').forEach((one) => one.open = true)")
        for name, value in values.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            button.click()

    return deed


def no_logo_chosen(page: Page) -> None:
    form = page.locator("main form").filter(has=page.locator("[type=file]"))
    with page.expect_navigation():
        form.locator("button[type=submit]").first.click()


def at_step(number: int) -> Callable[[Page], None]:
    """The registration form at a step of its own, whose categories are open."""

    def deed(page: Page) -> None:
        page.locator(f".form-steps [href='#step-{number}']").click()
        page.evaluate("document.querySelectorAll('.step.current details').forEach((one) => one.open = true)")
        if number == 2:
            page.locator("#needs input[type=checkbox]").first.check()
            page.locator("#needs [data-line]").first.fill("divers")
            page.locator("#needs [data-line]").first.blur()
            page.locator("#needs .coach:not(:empty)").first.wait_for()
        if number == 4:
            page.locator(".read-again").wait_for()

    return deed


def sent_at_last(page: Page) -> None:
    """The registration form, sent empty from its last step."""
    page.locator(".form-steps [href='#step-4']").click()
    with page.expect_navigation():
        page.locator("#step-4 button.primary").click()


def wishes_to_be_shown(page: Page) -> None:
    """The event's description, saved so that participants see who wishes to meet them."""
    page.locator("main [name=wishes_shown]").check()
    with page.expect_navigation():
        page.locator("main form:has([name=wishes_shown]) button[type=submit]").last.click()


def no_row_ticked(page: Page) -> None:
    for box in page.locator("main input[name=rows]").all():
        box.uncheck()
    with page.expect_navigation():
        page.locator("main button[value=take]").click()


def new_codes(page: Page) -> None:
    factor = page.locator("[aria-labelledby=factor-title]")
    factor.locator("details.confirm summary").first.click()
    form = factor.locator("form.confirm-body").first
    form.locator("[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        form.locator("button").click()


def declining(page: Page) -> None:
    """A reason that wants words, without any."""
    meeting = page.locator("details.confirm").first
    meeting.locator("summary").click()
    meeting.locator("[type=radio]").last.check()
    with page.expect_navigation():
        meeting.locator("button").click()


def rounds_moved(page: Page) -> None:
    """All an hour later, on the form that asks whom that concerns."""
    for begin in page.locator("main [name$=-start]").all():
        end = page.locator(f'main [name="{(begin.get_attribute("name") or "").removesuffix("start")}end"]')
        for field in (begin, end):
            if value := field.input_value():
                field.fill(f"{int(value[:2]) + 1:02}{value[2:]}")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()


def a_meeting_chosen(page: Page) -> None:
    page.locator("#bench .meeting.place").first.click()
    page.locator("#panel form").first.wait_for(state="attached")


def a_place_chosen(page: Page) -> None:
    page.locator("#bench .free.place").first.click()
    page.locator("#panel-title").wait_for()
