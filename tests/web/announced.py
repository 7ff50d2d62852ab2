"""An announced timetable, and all that may happen to its event afterwards: for tests of what is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.absences import Rounds
from web.domain.event.events import touch
from web.domain.people.privacy import erase
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import Drift, drift
from web.domain.timetable.publishing import publish
from web.models import Event, Facilitator, Registration, ScheduleVersion, Slot, Table, User

BEFORE = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


class Announced:
    """Two associations and two companies whose three meetings are published; a facilitator attends the first."""

    def __init__(self, session: Session, make: Factory, organiser: User | None = None) -> None:
        self.session, self.make = session, make
        self.organiser_name = organiser.label if organiser else ""
        self.event: Event = make.event(organiser, title="Rencontres", facilitators=1)
        self.table("t3").features = ["accessible"]
        session.commit()
        self.a = make.registration(self.event, name="Les Jardins du Canal", needs_facilitator=True)
        self.b = make.registration(self.event, name="Atelier Nord")
        self.c = make.registration(self.event, kind="company", name="Informatique Tavernier")
        self.d = make.registration(self.event, kind="company", name="Imprimerie Lys")
        self.meetings = [
            self.meeting(self.a, self.c, "s1", facilitator="f1"),
            self.meeting(self.a, self.d, "s2", facilitator="f1"),
            self.meeting(self.b, self.c, "s2", "t2"),
        ]
        self.version: ScheduleVersion = make.schedule(self.event, self.meetings)
        self.publish(self.version)

    def publish(self, version: ScheduleVersion) -> None:
        publish(self.session, version, SYSTEM)

    @staticmethod
    def meeting(
        one: Registration, other: Registration, slot: str, table: str = "t1", facilitator: str | None = None
    ) -> dict[str, Any]:
        return {"between": [one.key, other.key], "slot": slot, "table": table, "facilitator": facilitator, "score": 10}

    def change(self, row: Any, **values: Any) -> None:
        """Change `row` as the pages do: what belongs to the event counts its version up."""
        with write(self.session):
            for name, value in values.items():
                setattr(row, name, value)
            if isinstance(row, Slot | Table | Facilitator):
                touch(self.event)

    def hours(self, *keys: str) -> list[str]:
        """Those rounds as the hours of an absence."""
        return Rounds.of(self.event).absences(keys)

    def slot(self, key: str) -> Slot:
        return self.session.scalars(select(Slot).where(Slot.event_id == self.event.id, Slot.key == key)).one()

    def table(self, key: str) -> Table:
        return self.session.scalars(select(Table).where(Table.event_id == self.event.id, Table.key == key)).one()

    def helper(self) -> Facilitator:
        return self.session.scalars(select(Facilitator).where(Facilitator.event_id == self.event.id)).one()

    def remove(self, row: Any) -> None:
        with write(self.session):
            self.session.delete(row)
            touch(self.event)
        self.session.expire_all()

    def drift(self, now: datetime = BEFORE) -> Drift:
        self.session.rollback()
        return drift(self.session, self.event, now=now)


@dataclass(frozen=True)
class Change:
    """What is done, and what the drift then says: code, meetings broken, participants to tell, the French sentence."""

    do: Callable[[Announced], object]
    code: Code
    meetings: int
    concerned: int
    french: str


def _move(world: Announced) -> None:
    for key in ("s1", "s2", "s3", "s4"):
        slot = world.slot(key)
        hour = timedelta(hours=1)
        world.change(slot, starts_at=slot.starts_at + hour, ends_at=slot.ends_at + hour)


def _erase(world: Announced) -> None:
    erase(world.session, world.c, SYSTEM)


CHANGES = {
    "withdrawn": Change(
        lambda w: w.change(w.c, status="withdrawn"),
        Code.GONE,
        2,
        2,
        "Informatique Tavernier ne vient plus : 2 rendez-vous annulés, 2 personnes à prévenir.",
    ),
    "declined": Change(
        lambda w: w.change(w.d, status="declined"),
        Code.GONE,
        1,
        1,
        "Imprimerie Lys n’est plus retenu : 1 rendez-vous annulé, 1 personne à prévenir.",
    ),
    "erased": Change(
        _erase,
        Code.GONE,
        2,
        2,
        "Un participant a fait effacer ses données et ne vient plus : 2 rendez-vous annulés, 2 personnes à prévenir.",
    ),
    "come": Change(
        lambda w: w.make.registration(w.event, name="Le Fournil"),
        Code.COME,
        0,
        1,
        "1 participant est accepté et n’a pas encore d’agenda : Le Fournil.",
    ),
    "absent": Change(
        lambda w: w.change(w.c, absences=w.hours("s1")),
        Code.ABSENT,
        1,
        2,
        "Informatique Tavernier ne sera pas là à 14:00 : "
        "1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "online": Change(
        lambda w: w.change(w.c, remote=True),
        Code.MODE,
        2,
        3,
        "Informatique Tavernier participe désormais à distance : "
        "2 rendez-vous ne sont plus comme annoncés, 3 personnes à prévenir.",
    ),
    "accessible table": Change(
        lambda w: w.change(w.b, requires=["accessible"]),
        Code.TABLE_LACKS,
        1,
        2,
        "Atelier Nord a besoin de quelque chose que la table n’a pas : "
        "1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "facilitator asked for": Change(
        lambda w: w.change(w.b, needs_facilitator=True),
        Code.FACILITATOR_WANTED,
        1,
        2,
        "Atelier Nord demande désormais un médiateur : 1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "own table": Change(
        lambda w: w.change(w.b, home_table_id=w.table("t3").id),
        Code.HOME_TABLE,
        1,
        2,
        "Atelier Nord reste désormais à Table 3 : 1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "rounds moved": Change(
        _move,
        Code.SLOTS_MOVED,
        3,
        4,
        "4 créneaux sont déplacés (le premier de 14:00 à 15:00) : "
        "3 rendez-vous ne sont plus comme annoncés, 4 personnes à prévenir.",
    ),
    "round cut": Change(
        lambda w: w.remove(w.slot("s2")),
        Code.SLOTS_CUT,
        2,
        4,
        "1 créneau est supprimé (14:08) : 2 rendez-vous annulés, 4 personnes à prévenir.",
    ),
    "table lost": Change(
        lambda w: w.remove(w.table("t2")),
        Code.TABLE_LOST,
        1,
        2,
        "Table 2 n’existe plus : 1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "table renamed": Change(
        lambda w: w.change(w.table("t2"), name="Le Kiosque"),
        Code.TABLE_RENAMED,
        1,
        2,
        "Table 2 s’appelle désormais Le Kiosque : 1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "facilitator lost": Change(
        lambda w: w.remove(w.helper()),
        Code.FACILITATOR_LOST,
        2,
        3,
        "Le médiateur Médiatrice 1 ne vient plus : 2 rendez-vous ne sont plus comme annoncés, 3 personnes à prévenir.",
    ),
    "facilitator absent": Change(
        lambda w: w.change(w.helper(), absences=w.hours("s2")),
        Code.FACILITATOR_ABSENT,
        1,
        2,
        "Le médiateur Médiatrice 1 manque à certains créneaux : "
        "1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "place": Change(
        lambda w: w.change(w.event, place="Halle aux Grains"),
        Code.PLACE,
        3,
        4,
        "Le lieu est désormais Halle aux Grains, et non plus Salle des Fêtes : "
        "3 rendez-vous ne sont plus comme annoncés, 4 personnes à prévenir.",
    ),
    "must not meet": Change(
        lambda w: (w.make.rule(w.event, w.a, w.c, status="forbidden"), w.change(w.event, updated_at=BEFORE)),
        Code.NOT_TO_MEET,
        1,
        2,
        "Les Jardins du Canal et Informatique Tavernier ne doivent plus se rencontrer : "
        "1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "fixed elsewhere": Change(
        lambda w: (w.make.rule(w.event, w.a, w.c, slot_id=w.slot("s4").id), w.change(w.event, updated_at=BEFORE)),
        Code.FIXED_ELSEWHERE,
        1,
        2,
        "Les Jardins du Canal et Informatique Tavernier doivent se rencontrer à un autre créneau : "
        "1 rendez-vous n’est plus comme annoncé, 2 personnes à prévenir.",
    ),
    "one person for two": Change(
        lambda w: w.change(w.event, rules={**w.event.rules, "same_person": [[w.a.key, w.b.key]]}),
        Code.SAME_PERSON,
        2,
        4,
        "Une seule personne représente Les Jardins du Canal, Atelier Nord et ne peut être à deux endroits à la fois : "
        "2 rendez-vous ne sont plus comme annoncés, 4 personnes à prévenir.",
    ),
    "must meet": Change(
        lambda w: (w.make.rule(w.event, w.b, w.d), w.change(w.event, updated_at=BEFORE)),
        Code.REQUIRED_UNMET,
        0,
        2,
        "Atelier Nord et Imprimerie Lys doivent se rencontrer et ne le font pas.",
    ),
    "rules": Change(
        lambda w: w.change(w.event, rules={**w.event.rules, "coverage": [5]}),
        Code.RULES,
        0,
        0,
        "Les règles ont changé : points pour plusieurs rendez-vous.",
    ),
    "row broken": Change(
        lambda w: w.change(w.event, rules={**w.event.rules, "max_in_a_row": 1}),
        Code.RULE_BROKEN,
        0,
        0,
        "Le planning ne respecte plus les règles de l’événement en 2 endroits.",
    ),
    "round added": Change(
        lambda w: w.change(
            w.event,
            slots=[
                *w.event.slots,
                Slot(
                    key="s9",
                    position=9,
                    starts_at=datetime(2027, 3, 18, 15, 0),
                    ends_at=datetime(2027, 3, 18, 15, 6),
                ),
            ],
            updated_at=BEFORE,
        ),
        Code.SLOTS_ADDED,
        0,
        0,
        "1 créneau est ajouté (15:00).",
    ),
    "profile": Change(
        lambda w: w.change(w.d, themes=["youth"]),
        Code.PROFILES,
        0,
        1,
        "1 participant a modifié son inscription, sans qu’aucun rendez-vous en souffre : Imprimerie Lys.",
    ),
    "renamed": Change(
        lambda w: w.change(w.d, name="Imprimerie du Lys"),
        Code.RENAMED,
        0,
        1,
        "Imprimerie Lys s’appelle désormais Imprimerie du Lys.",
    ),
}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")
