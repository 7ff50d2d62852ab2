"""The words of warnings about an event, in French and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.format.warnings import EventWarning

Values = Mapping[str, Any]


def warning_sentence(warning: EventWarning, language: str) -> str:
    """Return ``warning`` as a sentence in ``language`` (``fr`` or ``en``)."""
    told = getattr(French() if language == "fr" else English(), warning.code)(warning.values)
    assert isinstance(told, str)
    return told


class English:
    """A sentence for each code of an ``EventWarning``."""

    conjunction, opening, closing = " and ", "“", "”"
    places: Mapping[str, str] = {"needs": "need", "offers": "offer", "themes": "theme", "zone": "zone"}

    def quoted(self, text: str) -> str:
        return f"{self.opening}{text}{self.closing}"

    def listed(self, parts: Sequence[str]) -> str:
        return self.conjunction.join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))

    def kinds(self, values: Values) -> str:
        return self.listed([f"{self.quoted(kind)} ({count})" for kind, count in values["kinds"].items()])

    def pairs(self, pairs: Sequence[Sequence[str]]) -> str:
        return self.listed([" – ".join(map(self.quoted, pair)) for pair in pairs])

    def near(self, values: Values) -> str:
        return "".join(
            f" {self.quoted(kind)} is nearly {self.quoted(other)}: perhaps the same is meant."
            for kind, other in values["near"].items()
        )

    def nobody(self, values: Values) -> str:
        found = "nobody takes part" if not values["count"] else "only one participant takes part"
        return f"No meeting can be held: {found}."

    def kinds_never_meet(self, values: Values) -> str:
        allowed = f"only {self.pairs(values['may_meet'])}" if values["may_meet"] else "nobody"
        told = f"No meeting can be held: the participants are {self.kinds(values)}, and may_meet lets {allowed} meet."
        return told + self.near(values)

    def kind_meets_nobody(self, values: Values) -> str:
        kind, count = values["kind"], values["count"]
        who = "1 participant" if count == 1 else f"{count} participants"
        told = f"{who} of the kind {self.quoted(kind)} can meet nobody: may_meet does not name it."
        return told + self.near({"near": {k: v for k, v in values["near"].items() if k == kind}})

    def no_common_slot(self, values: Values) -> str:
        return "No meeting can be held: there is no round in which two participants who may meet are both there."

    def no_reason_to_meet(self, values: Values) -> str:
        if values["given"]:
            return "No meeting can be held: the affinities list no pair that may meet, and no meeting is required."
        return (
            "No meeting can be held: no pair that may meet earns a point; no need is met by an offer, no theme is "
            "shared, and there is no wish."
        )

    def wishes_never_met(self, values: Values) -> str:
        between = self.pairs(values["between"])
        return f"No wish can come true: all {values['count']} are between kinds that may not meet ({between})."

    def home_table_delegates(self, values: Values) -> str:
        return (
            f"{values['who']} has {values['delegates']} delegates but stays at table {self.quoted(values['table'])}: "
            "one table holds one meeting at a time, so only one of them can meet somebody on site."
        )

    def seated_delegates(self, values: Values) -> str:
        return (
            f"{values['who']} has {values['delegates']} delegates but stays seated at one table: one table holds one "
            "meeting at a time, so only one of them can meet somebody on site."
        )

    def seated_nobody(self, values: Values) -> str:
        return (
            f"Participants of the kind “{values['kind']}” stay seated, but there are none: "
            f"perhaps “{values['near']}” is meant."
        )

    def one_person_alone(self, values: Values) -> str:
        return (
            f"{values['who']} stands alone in a group of same_person: write whom else the same person represents, or "
            "take the group out."
        )

    def hour_twice(self, values: Values) -> str:
        return (
            f"Slot {values['slot']} begins in the hour that comes twice, when clocks are set back: it is taken for "
            f"{values['start']}. If the other one is meant, write the offset {values['other']} behind the time."
        )

    def near_label(self, values: Values) -> str:
        what = self.places[values["what"]]
        return (
            f"The {what} {self.quoted(values['label'])} (of {values['id']}) finds no counterpart; "
            f"perhaps {self.quoted(values['near'])} is meant."
        )


class French(English):
    """The same in French."""

    conjunction, opening, closing = " et ", "«\u00a0", "\u00a0»"
    places: Mapping[str, str] = {"needs": "Le besoin", "offers": "L’offre", "themes": "Le thème", "zone": "Le secteur"}

    def near(self, values: Values) -> str:
        return "".join(
            f" {self.quoted(kind)} ressemble à {self.quoted(other)}\u00a0: c’est peut-être le même type."
            for kind, other in values["near"].items()
        )

    def nobody(self, values: Values) -> str:
        found = "personne ne participe" if not values["count"] else "il n’y a qu’un participant"
        return f"Aucun rendez-vous n’est possible\u00a0: {found}."

    def kinds_never_meet(self, values: Values) -> str:
        told = (
            f"Aucun rendez-vous n’est possible\u00a0: les participants sont de type {self.kinds(values)}, et may_meet "
        )
        told += f"ne permet que {self.pairs(values['may_meet'])}." if values["may_meet"] else "ne permet rien."
        return told + self.near(values)

    def kind_meets_nobody(self, values: Values) -> str:
        kind, count = values["kind"], values["count"]
        who = "1 participant" if count == 1 else f"{count} participants"
        verb = "ne peut" if count == 1 else "ne peuvent"
        told = f"{who} de type {self.quoted(kind)} {verb} rencontrer personne\u00a0: may_meet ne nomme pas ce type."
        return told + self.near({"near": {k: v for k, v in values["near"].items() if k == kind}})

    def no_common_slot(self, values: Values) -> str:
        return (
            "Aucun rendez-vous n’est possible\u00a0: il n’y a aucun créneau où deux participants qui peuvent se "
            "rencontrer soient là tous les deux."
        )

    def no_reason_to_meet(self, values: Values) -> str:
        if values["given"]:
            return (
                "Aucun rendez-vous n’est possible\u00a0: les affinités ne citent aucune paire qui puisse se "
                "rencontrer, et aucun rendez-vous n’est imposé."
            )
        return (
            "Aucun rendez-vous n’est possible\u00a0: aucune paire qui puisse se rencontrer ne gagne de point\u202f; "
            "aucun besoin ne trouve d’offre, aucun thème n’est commun, et il n’y a pas de souhait."
        )

    def wishes_never_met(self, values: Values) -> str:
        return (
            f"Aucun souhait ne peut être exaucé\u00a0: les {values['count']} vont à des types qui ne peuvent se "
            f"rencontrer ({self.pairs(values['between'])})."
        )

    def home_table_delegates(self, values: Values) -> str:
        return (
            f"{values['who']} vient à {values['delegates']} mais reste à la table {self.quoted(values['table'])}"
            "\u00a0: une table accueille un seul rendez-vous à la fois, donc une seule de ces personnes peut en avoir "
            "sur place."
        )

    def seated_delegates(self, values: Values) -> str:
        return (
            f"{values['who']} vient à {values['delegates']} mais reste à une même table\u00a0: une table accueille un "
            "seul rendez-vous à la fois, donc une seule de ces personnes peut en avoir sur place."
        )

    def seated_nobody(self, values: Values) -> str:
        return (
            f"Les participants de la catégorie «\u00a0{values['kind']}\u00a0» restent à leur table, mais il n’y en a "
            f"aucun\u00a0: il s’agit peut-être de «\u00a0{values['near']}\u00a0»."
        )

    def one_person_alone(self, values: Values) -> str:
        return (
            f"{values['who']} est seul dans un groupe de same_person\u00a0: écrivez qui d’autre la même personne "
            "représente, ou retirez le groupe."
        )

    def hour_twice(self, values: Values) -> str:
        return (
            f"Le créneau {values['slot']} commence dans l’heure qui vient deux fois, quand on recule les horloges"
            f"\u00a0: il est compris comme {values['start']}. Si c’est l’autre, écrivez le décalage {values['other']} "
            "après l’heure."
        )

    def near_label(self, values: Values) -> str:
        what = self.places[values["what"]]
        return (
            f"{what} {self.quoted(values['label'])} (de {values['id']}) reste sans réponse\u202f; peut-être "
            f"s’agit-il de {self.quoted(values['near'])}."
        )
