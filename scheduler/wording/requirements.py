"""The words of requirements that cannot hold together, in French and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.feasibility.reason import Reason, reason_of
from scheduler.format.errors import Infeasible
from scheduler.format.event import Event
from scheduler.format.requirement import Requirement

Values = Mapping[str, Any]


def reason_sentence(reason: Reason, language: str) -> str:
    """Return ``reason`` as a sentence in ``language`` (``fr`` or ``en``).

    Raises ``KeyError`` for a code that is not known, and for a value that its sentence names and that is not given.
    """
    tell = getattr(French() if language == "fr" else English(), reason.code, None)
    if tell is None:
        raise KeyError(reason.code)
    told = tell(reason.values)
    assert isinstance(told, str)
    return told


def sentence(requirement: Requirement, event: Event, language: str) -> str:
    """Return ``requirement`` as a sentence in ``language`` (``fr`` or ``en``)."""
    return reason_sentence(reason_of(requirement, event), language)


def reasons(infeasible: Infeasible, language: str) -> list[str]:
    """Return a sentence in ``language`` for each requirement of those that cannot hold together."""
    return [sentence(requirement, infeasible.event, language) for requirement in infeasible.requirements]


def in_short(requirements: Sequence[Requirement], event: Event, language: str = "en") -> str | None:
    """Return the conflict of ``requirements`` as one sentence that counts; ``None`` where counting does not tell it."""
    # It counts with the solver's arrays: whoever only reads reasons should not wait for these to load.
    from scheduler.feasibility.summary import summarised

    summary = summarised(requirements, event)
    return None if summary is None else reason_sentence(summary, language)


class English:
    """A sentence for each code of a ``Reason``."""

    joint = "and"

    def pair(self, names: Sequence[str]) -> str:
        return " – ".join(names)

    def group(self, names: Sequence[str]) -> str:
        *first, last = names
        return f"{', '.join(first)} {self.joint} {last}" if first else last

    # The requirements

    def meeting(self, values: Values) -> str:
        told = f"the meeting {self.pair(values['pair'])} is held"
        if values["slot"] is not None:
            told += f" in round {values['slot']}"
        if values["session"] is not None:
            told += f" in session {values['session']}"
        return told

    def after(self, values: Values) -> str:
        return f"the meeting {self.pair(values['pair'])} comes after {self.pair(values['sooner'])}"

    def maximum(self, values: Values) -> str:
        return f"{values['who']} has at most {values['most']} meeting{_s(values['most'])}"

    def away(self, values: Values) -> str:
        return f"{values['who']} is there in only {values['there']} of the {values['slots']} rounds"

    def veto(self, values: Values) -> str:
        return f"{values['who']} never meets {values['partner']} (veto)"

    def seat(self, values: Values) -> str:
        asked = []
        if values["table"] is not None:
            asked.append(f"at table {values['table']}")
        if values["features"]:
            asked.append(f"at a table that is {', '.join(values['features'])}")
        return f"{values['who']} meets only {' and '.join(asked)}"

    def facilitator(self, values: Values) -> str:
        return f"each meeting of {values['who']} has a facilitator who is free"

    def tables(self, values: Values) -> str:
        count = values["tables"]
        return f"there {'is' if count == 1 else 'are'} only {count} table{_s(count)}"

    def break_difference(self, values: Values) -> str:
        return f"the numbers of breaks of any two participants differ by at most {values['most']}"

    def same_person(self, values: Values) -> str:
        return f"{self.group(values['group'])} are one person, who has one meeting at a time"

    def seated(self, values: Values) -> str:
        return f"participants who stay seated (kind: {', '.join(values['kinds'])}) keep one table all day"

    def max_in_a_row(self, values: Values) -> str:
        most = values["most"]
        return f"nobody has meetings in more than {most} round{_s(most)} in a row"

    # In short

    def too_many(self, values: Values) -> str:
        return f"{values['meetings']} required meetings of {values['who']}, but at most {values['most']} allowed"

    def too_few_slots(self, values: Values) -> str:
        who, slots, delegates = values["who"], values["slots"], values["delegates"]
        where = f"round{_s(slots)} in which {who} is there" if values["away"] else f"round{_s(slots)} for them"
        each = f", {delegates} meetings in each" if delegates > 1 else ""
        return f"{values['meetings']} required meetings of {who}, but only {slots} {where}{each}"

    def too_few_tables(self, values: Values) -> str:
        slots, tables = values["slots"], values["tables"]
        return (
            f"{values['meetings']} required meetings that must share {tables} table{_s(tables)} "
            f"in {slots} round{_s(slots)}: room for only {tables * slots}"
        )

    def too_few_facilitators(self, values: Values) -> str:
        slots = values["slots"]
        return (
            f"{values['meetings']} required meetings with a facilitator in {slots} round{_s(slots)}, "
            f"but facilitators are free for only {values['free']}"
        )

    def circle(self, values: Values) -> str:
        return (
            f"the order of these {values['meetings']} meetings goes round in a circle: each comes after another of them"
        )


def _s(count: int) -> str:
    """Return the ending of an English plural."""
    return "" if count == 1 else "s"


class French(English):
    """The same in French."""

    joint = "et"

    def meeting(self, values: Values) -> str:
        told = f"le rendez-vous {self.pair(values['pair'])} a lieu"
        if values["slot"] is not None:
            told += f" au créneau {values['slot']}"
        if values["session"] is not None:
            told += f" dans la session «\u00a0{values['session']}\u00a0»"
        return told

    def after(self, values: Values) -> str:
        return f"le rendez-vous {self.pair(values['pair'])} vient après {self.pair(values['sooner'])}"

    def maximum(self, values: Values) -> str:
        return f"{values['who']} a au plus {values['most']} rendez-vous"

    def away(self, values: Values) -> str:
        return f"{values['who']} n’est là qu’à {values['there']} des {values['slots']} créneaux"

    def veto(self, values: Values) -> str:
        return f"{values['who']} ne rencontre jamais {values['partner']} (veto)"

    def seat(self, values: Values) -> str:
        asked = []
        if values["table"] is not None:
            asked.append(f"à la table «\u00a0{values['table']}\u00a0»")
        if values["features"]:
            asked.append(f"à une table équipée\u00a0: {', '.join(values['features'])}")
        return f"les rendez-vous de {values['who']} n’ont lieu qu’{' et '.join(asked)}"

    def facilitator(self, values: Values) -> str:
        return f"chaque rendez-vous de {values['who']} a un médiateur libre"

    def tables(self, values: Values) -> str:
        count = values["tables"]
        return "il n’y a qu’une table" if count == 1 else f"il n’y a que {count} tables"

    def break_difference(self, values: Values) -> str:
        return f"les nombres d’attentes de deux participants diffèrent d’au plus {values['most']}"

    def same_person(self, values: Values) -> str:
        return f"{self.group(values['group'])} sont une même personne, qui n’a qu’un rendez-vous à la fois"

    def seated(self, values: Values) -> str:
        kinds = ", ".join(f"«\u00a0{kind}\u00a0»" for kind in values["kinds"])
        return f"les participants qui restent assis (catégorie\u00a0: {kinds}) gardent la même table toute la journée"

    def max_in_a_row(self, values: Values) -> str:
        slots = "d’un créneau" if values["most"] == 1 else f"de {values['most']} créneaux"
        return f"personne n’a de rendez-vous sur plus {slots} d’affilée"

    def too_many(self, values: Values) -> str:
        return f"{values['meetings']} rendez-vous imposés pour {values['who']}, mais {values['most']} au plus permis"

    def too_few_slots(self, values: Values) -> str:
        who, slots, delegates = values["who"], values["slots"], values["delegates"]
        where = f"où {who} est là" if values["away"] else f"possible{'s' * (slots > 1)}"
        each = f", à {delegates} rendez-vous chacun" if delegates > 1 else ""
        return f"{values['meetings']} rendez-vous imposés pour {who}, mais seulement {_creneaux(slots)} {where}{each}"

    def too_few_tables(self, values: Values) -> str:
        slots, tables = values["slots"], values["tables"]
        return (
            f"{values['meetings']} rendez-vous imposés doivent se partager {tables} table{'s' * (tables > 1)} "
            f"sur {_creneaux(slots)}\u00a0: il n’y a de place que pour {tables * slots}"
        )

    def too_few_facilitators(self, values: Values) -> str:
        return (
            f"{values['meetings']} rendez-vous imposés avec médiateur sur {_creneaux(values['slots'])}, "
            f"mais les médiateurs ne sont libres que pour {values['free']}"
        )

    def circle(self, values: Values) -> str:
        return (
            f"l’ordre de ces {values['meetings']} rendez-vous tourne en rond\u00a0: "
            "chacun vient après un autre d’entre eux"
        )


def _creneaux(count: int) -> str:
    return f"{count} {'créneaux' if count > 1 else 'créneau'}"
