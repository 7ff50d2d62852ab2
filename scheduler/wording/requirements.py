"""The words of requirements that cannot hold together, in French and English."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.feasibility.summary import summarised
from scheduler.format.errors import Infeasible
from scheduler.format.event import Event
from scheduler.format.requirement import Requirement


def sentence(requirement: Requirement, event: Event, language: str) -> str:
    """Return ``requirement`` as a sentence in ``language`` (``fr`` or ``en``)."""
    told = getattr(_words(event, language), requirement.kind)(requirement)
    assert isinstance(told, str)
    return told


def reasons(infeasible: Infeasible, language: str) -> list[str]:
    """Return a sentence in ``language`` for each requirement of those that cannot hold together."""
    return [sentence(requirement, infeasible.event, language) for requirement in infeasible.requirements]


def in_short(requirements: Sequence[Requirement], event: Event, language: str = "en") -> str | None:
    """Return the conflict of ``requirements`` as one sentence that counts; ``None`` where counting does not tell it."""
    summary = summarised(requirements, event)
    if summary is None:
        return None
    told = getattr(_words(event, language), summary.kind)(**summary.values)
    assert isinstance(told, str)
    return told


def _words(event: Event, language: str) -> _English:
    return _French(event) if language == "fr" else _English(event)


class _English:
    def __init__(self, event: Event) -> None:
        self.event = event

    def name(self, id: str) -> str:
        return self.event.participant(id).label

    def person(self, requirement: Requirement) -> str:
        return self.event.participants[requirement.subject].label

    def pair(self, ids: Sequence[str]) -> str:
        return " – ".join(self.name(id) for id in ids)

    def group(self, requirement: Requirement, joint: str) -> str:
        """Return the names of those who are one person."""
        *first, last = map(self.name, self.event.same_person[requirement.subject])
        return f"{', '.join(first)} {joint} {last}" if first else last

    def slot(self, id: str) -> str:
        """Return the id of a slot with its time, and its day where there are several."""
        start = self.event.slots[self.event.slot_index[id]].start
        days = {slot.start.date() for slot in self.event.slots}
        return f"{id} ({start:%d/%m %H:%M})" if len(days) > 1 else f"{id} ({start:%H:%M})"

    def present(self, requirement: Requirement) -> tuple[int, int]:
        """Return in how many slots somebody is there, and how many there are."""
        slots = len(self.event.slots)
        return slots - len(set(self.event.participants[requirement.subject].unavailable)), slots

    # The requirements

    def meeting(self, requirement: Requirement) -> str:
        rule = self.event.meetings[requirement.subject]
        told = f"the meeting {self.pair(rule.between)} is held"
        if rule.slot is not None:
            told += f" in slot {self.slot(rule.slot)}"
        if rule.session is not None:
            told += f" in session {rule.session}"
        return told

    def after(self, requirement: Requirement) -> str:
        rule = self.event.meetings[requirement.subject]
        return f"the meeting {self.pair(rule.between)} comes after {self.pair(requirement.pair or ())}"

    def maximum(self, requirement: Requirement) -> str:
        most = self.event.participants[requirement.subject].max_meetings or 0
        return f"{self.person(requirement)} has at most {most} meeting{'s' * (most != 1)}"

    def away(self, requirement: Requirement) -> str:
        there, slots = self.present(requirement)
        return f"{self.person(requirement)} is there in only {there} of the {slots} slots"

    def veto(self, requirement: Requirement) -> str:
        return f"{self.person(requirement)} never meets {self.name((requirement.pair or ('', ''))[1])} (veto)"

    def seat(self, requirement: Requirement) -> str:
        one = self.event.participants[requirement.subject]
        asked = []
        if one.home_table is not None:
            table = self.event.tables[self.event.table_index[one.home_table]]
            asked.append(f"at table {table.name or table.id}")
        if one.requires:
            asked.append(f"at a table that is {', '.join(one.requires)}")
        return f"{one.label} meets only {' and '.join(asked)}"

    def facilitator(self, requirement: Requirement) -> str:
        return f"each meeting of {self.person(requirement)} has a facilitator who is free"

    def tables(self, requirement: Requirement) -> str:
        count = len(self.event.tables)
        return f"there {'is' if count == 1 else 'are'} only {count} table{'s' * (count != 1)}"

    def break_difference(self, requirement: Requirement) -> str:
        most = self.event.rules.max_break_difference
        return f"the numbers of breaks of any two participants differ by at most {most}"

    def same_person(self, requirement: Requirement) -> str:
        return f"{self.group(requirement, 'and')} are one person, who has one meeting at a time"

    def seated(self, requirement: Requirement) -> str:
        kinds = ", ".join(self.event.rules.seated)
        return f"participants who stay seated (kind: {kinds}) keep one table all day"

    def max_in_a_row(self, requirement: Requirement) -> str:
        most = self.event.rules.max_in_a_row or 1
        return f"nobody has meetings in more than {most} slot{'s' * (most != 1)} in a row"

    # In short

    def too_many(self, who: str, meetings: int, most: int) -> str:
        return f"{meetings} required meetings of {who}, but at most {most} allowed"

    def too_few_slots(self, who: str, meetings: int, slots: int, delegates: int, away: bool) -> str:
        where = f"slot{'s' * (slots != 1)} in which {who} is there" if away else f"slot{'s' * (slots != 1)} for them"
        each = f", {delegates} meetings in each" if delegates > 1 else ""
        return f"{meetings} required meetings of {who}, but only {slots} {where}{each}"

    def too_few_tables(self, meetings: int, slots: int, tables: int) -> str:
        return (
            f"{meetings} required meetings that must share {tables} table{'s' * (tables != 1)} "
            f"in {slots} slot{'s' * (slots != 1)}: room for only {tables * slots}"
        )

    def too_few_facilitators(self, meetings: int, slots: int, free: int) -> str:
        return (
            f"{meetings} required meetings with a facilitator in {slots} slot{'s' * (slots != 1)}, "
            f"but facilitators are free for only {free}"
        )

    def circle(self, meetings: int) -> str:
        return f"the order of these {meetings} meetings goes round in a circle: each comes after another of them"


class _French(_English):
    def meeting(self, requirement: Requirement) -> str:
        rule = self.event.meetings[requirement.subject]
        told = f"le rendez-vous {self.pair(rule.between)} a lieu"
        if rule.slot is not None:
            told += f" au créneau {self.slot(rule.slot)}"
        if rule.session is not None:
            told += f" dans la session «\u00a0{rule.session}\u00a0»"
        return told

    def after(self, requirement: Requirement) -> str:
        rule = self.event.meetings[requirement.subject]
        return f"le rendez-vous {self.pair(rule.between)} vient après {self.pair(requirement.pair or ())}"

    def maximum(self, requirement: Requirement) -> str:
        most = self.event.participants[requirement.subject].max_meetings
        return f"{self.person(requirement)} a au plus {most} rendez-vous"

    def away(self, requirement: Requirement) -> str:
        there, slots = self.present(requirement)
        return f"{self.person(requirement)} n’est là qu’à {there} des {slots} créneaux"

    def veto(self, requirement: Requirement) -> str:
        return f"{self.person(requirement)} ne rencontre jamais {self.name((requirement.pair or ('', ''))[1])} (veto)"

    def seat(self, requirement: Requirement) -> str:
        one = self.event.participants[requirement.subject]
        asked = []
        if one.home_table is not None:
            table = self.event.tables[self.event.table_index[one.home_table]]
            asked.append(f"à la table «\u00a0{table.name or table.id}\u00a0»")
        if one.requires:
            asked.append(f"à une table équipée\u00a0: {', '.join(one.requires)}")
        return f"les rendez-vous de {one.label} n’ont lieu qu’{' et '.join(asked)}"

    def facilitator(self, requirement: Requirement) -> str:
        return f"chaque rendez-vous de {self.person(requirement)} a une médiatrice ou un médiateur libre"

    def tables(self, requirement: Requirement) -> str:
        count = len(self.event.tables)
        return "il n’y a qu’une table" if count == 1 else f"il n’y a que {count} tables"

    def break_difference(self, requirement: Requirement) -> str:
        most = self.event.rules.max_break_difference
        return f"les nombres de pauses de deux participants diffèrent d’au plus {most}"

    def same_person(self, requirement: Requirement) -> str:
        return f"{self.group(requirement, 'et')} sont une même personne, qui n’a qu’un rendez-vous à la fois"

    def seated(self, requirement: Requirement) -> str:
        kinds = ", ".join(f"«\u00a0{kind}\u00a0»" for kind in self.event.rules.seated)
        return f"les participants qui restent assis (catégorie\u00a0: {kinds}) gardent la même table toute la journée"

    def max_in_a_row(self, requirement: Requirement) -> str:
        most = self.event.rules.max_in_a_row or 1
        slots = "d’un créneau" if most == 1 else f"de {most} créneaux"
        return f"personne n’a de rendez-vous sur plus {slots} d’affilée"

    def too_many(self, who: str, meetings: int, most: int) -> str:
        return f"{meetings} rendez-vous imposés pour {who}, mais {most} au plus permis"

    def too_few_slots(self, who: str, meetings: int, slots: int, delegates: int, away: bool) -> str:
        word = "créneaux" if slots > 1 else "créneau"
        where = f"{slots} {word} où {who} est là" if away else f"{slots} {word} possible{'s' * (slots > 1)}"
        each = f", à {delegates} rendez-vous chacun" if delegates > 1 else ""
        return f"{meetings} rendez-vous imposés pour {who}, mais seulement {where}{each}"

    def too_few_tables(self, meetings: int, slots: int, tables: int) -> str:
        return (
            f"{meetings} rendez-vous imposés doivent se partager {tables} table{'s' * (tables > 1)} "
            f"sur {slots} {'créneaux' if slots > 1 else 'créneau'}\u00a0: il n’y a de place que pour {tables * slots}"
        )

    def too_few_facilitators(self, meetings: int, slots: int, free: int) -> str:
        return (
            f"{meetings} rendez-vous imposés avec médiation sur {slots} {'créneaux' if slots > 1 else 'créneau'}, "
            f"mais la médiation n’est libre que pour {free}"
        )

    def circle(self, meetings: int) -> str:
        return f"l’ordre de ces {meetings} rendez-vous tourne en rond\u00a0: chacun vient après un autre d’entre eux"
