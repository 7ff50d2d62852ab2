"""The words of explanations, in French and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.event import Event

if TYPE_CHECKING:
    from scheduler.explain import Encounter, NotMet, Price, Reason

# More names than this in one sentence are counted, not told.
_MOST_NAMED = 4


def paragraph(answer: NotMet, language: str) -> str:
    """Return why a partner was not met and what forcing it costs, in ``language`` (``fr`` or ``en``)."""
    words = _French(answer.event) if language == "fr" else _English(answer.event)
    return words.paragraph(answer)


class _English:
    colon, last = ": ", " and "

    def __init__(self, event: Event) -> None:
        self.event = event

    def paragraph(self, answer: NotMet) -> str:
        head = self.name(answer.partner)
        if answer.wish is not None:
            head += self.wish(answer.wish)
        sentences = [self.reason(reason, answer) for reason in answer.reasons]
        if not sentences:
            sentences.append(self.other_choice())
        if answer.price is not None:
            sentences.append(self.price(answer.price, answer))
        return head + self.colon + ". ".join([sentences[0], *map(_capital, sentences[1:])]) + "."

    def name(self, id: str) -> str:
        return self.event.participant(id).label

    def names(self, ids: Sequence[str]) -> str:
        return self.listed([self.name(id) for id in ids])

    def listed(self, parts: Sequence[str]) -> str:
        shown, rest = list(parts[:_MOST_NAMED]), len(parts) - _MOST_NAMED
        if rest > 0:
            shown.append(self.others(rest))
        if len(shown) < 2:
            return "".join(shown)
        return ", ".join(shown[:-1]) + self.last + shown[-1]

    def partners(self, meetings: Sequence[Encounter], who: str) -> str:
        """Return the partners of ``who`` in ``meetings`` with what each is worth."""
        found = [(next((id for id in m.between if id != who), who), m.score) for m in meetings]
        return self.listed([f"{self.name(id)} ({score})" for id, score in found])

    def reason(self, reason: Reason, answer: NotMet) -> str:
        sentence = getattr(self, reason.kind)(reason, answer)
        assert isinstance(sentence, str)
        return sentence

    def loser(self, meeting: Encounter, answer: NotMet) -> tuple[str, str]:
        """Return who loses ``meeting``, somebody else first, and whom it was to meet."""
        one, other = meeting.between
        return (other, one) if one in (answer.participant, answer.partner) else (one, other)

    def pairs(self, meetings: Sequence[Encounter]) -> str:
        return self.listed([f"{self.name(m.between[0])} – {self.name(m.between[1])}" for m in meetings])

    # The sentences

    def loses(self, who: str, partner: str) -> str:
        return f"{self.name(who)} would lose the meeting with {self.name(partner)}"

    def wish(self, rank: int) -> str:
        return f" (wish {rank + 1})"

    def others(self, count: int) -> str:
        return "1 other" if count == 1 else f"{count} others"

    def other_choice(self) -> str:
        return "other meetings were worth more together"

    def veto(self, reason: Reason, answer: NotMet) -> str:
        return f"{self.name(reason.who or '')} does not want this meeting"

    def forbidden(self, reason: Reason, answer: NotMet) -> str:
        return "the organiser has ruled this meeting out"

    def kinds(self, reason: Reason, answer: NotMet) -> str:
        one, other = (self.event.participant(id).kind for id in (answer.participant, answer.partner))
        return f"the event has no meetings between these kinds ({one}, {other})"

    def no_score(self, reason: Reason, answer: NotMet) -> str:
        return "nothing that one needs is offered by the other, and they have no theme or wish in common"

    def never_together(self, reason: Reason, answer: NotMet) -> str:
        return "there is no slot in which both are there"

    def no_table(self, reason: Reason, answer: NotMet) -> str:
        return "no table suits both"

    def full(self, reason: Reason, answer: NotMet) -> str:
        who = self.name(reason.who or "")
        if not reason.meetings:
            return f"{who} has a full agenda"
        return (
            f"{who} has a full agenda, with meetings worth at least as much"
            f" ({answer.score}): {self.partners(reason.meetings, reason.who or '')}"
        )

    def required(self, reason: Reason, answer: NotMet) -> str:
        return f"required meetings leave no room: {self.pairs(reason.meetings)}"

    def busy(self, reason: Reason, answer: NotMet) -> str:
        return "in every slot in which both are there, one of them has another meeting"

    def tables(self, reason: Reason, answer: NotMet) -> str:
        return "in the slots in which both are free, all tables that suit are taken"

    def facilitators(self, reason: Reason, answer: NotMet) -> str:
        return "in the slots in which both are free, no facilitator is"

    def open(self, reason: Reason, answer: NotMet) -> str:
        return f"it could still be added ({self.listed(reason.slots)})"

    def price(self, price: Price, answer: NotMet) -> str:
        parts = [f"value {_signed(price.value)}"]
        if price.shortfall:
            parts.append(f"shortfall {_signed(price.shortfall)}")
        told = [self.loses(*self.loser(m, answer)) for m in price.lost]
        told += [f"{self.name(m.between[0])} would meet {self.name(m.between[1])} instead" for m in price.gained]
        return "if forced: " + ", ".join(parts) + ("; " + "; ".join(told) if told else "; nobody loses a meeting")


class _French(_English):
    colon, last = "\u00a0: ", " et "

    def loses(self, who: str, partner: str) -> str:
        return f"{self.name(who)} perdrait son rendez-vous avec {self.name(partner)}"

    def wish(self, rank: int) -> str:
        return f" (souhait {rank + 1})"

    def others(self, count: int) -> str:
        return "1 autre" if count == 1 else f"{count} autres"

    def other_choice(self) -> str:
        return "d’autres rendez-vous valaient plus, ensemble"

    def veto(self, reason: Reason, answer: NotMet) -> str:
        return f"{self.name(reason.who or '')} ne souhaite pas ce rendez-vous"

    def forbidden(self, reason: Reason, answer: NotMet) -> str:
        return "l’organisation a exclu ce rendez-vous"

    def kinds(self, reason: Reason, answer: NotMet) -> str:
        one, other = (self.event.participant(id).kind for id in (answer.participant, answer.partner))
        return f"l’événement ne prévoit pas de rendez-vous entre ces catégories ({one}, {other})"

    def no_score(self, reason: Reason, answer: NotMet) -> str:
        return "rien de ce que l’un cherche n’est proposé par l’autre, et ils n’ont ni thème ni souhait en commun"

    def never_together(self, reason: Reason, answer: NotMet) -> str:
        return "il n’y a aucun créneau où les deux sont présents"

    def no_table(self, reason: Reason, answer: NotMet) -> str:
        return "aucune table ne convient aux deux"

    def full(self, reason: Reason, answer: NotMet) -> str:
        who = self.name(reason.who or "")
        if not reason.meetings:
            return f"{who} a déjà un agenda complet"
        return (
            f"{who} a déjà un agenda complet, avec des rendez-vous qui valent au moins autant"
            f" ({answer.score})\u00a0: {self.partners(reason.meetings, reason.who or '')}"
        )

    def required(self, reason: Reason, answer: NotMet) -> str:
        return f"des rendez-vous imposés ne laissent pas de place\u00a0: {self.pairs(reason.meetings)}"

    def busy(self, reason: Reason, answer: NotMet) -> str:
        return "à chaque créneau où les deux sont présents, l’un d’eux a un autre rendez-vous"

    def tables(self, reason: Reason, answer: NotMet) -> str:
        return "aux créneaux où les deux sont libres, toutes les tables qui conviennent sont prises"

    def facilitators(self, reason: Reason, answer: NotMet) -> str:
        return "aux créneaux où les deux sont libres, aucune médiatrice ni aucun médiateur ne l’est"

    def open(self, reason: Reason, answer: NotMet) -> str:
        return f"ce rendez-vous peut encore être ajouté ({self.listed(reason.slots)})"

    def price(self, price: Price, answer: NotMet) -> str:
        parts = [f"valeur {_signed(price.value)}"]
        if price.shortfall:
            parts.append(f"minimums manqués {_signed(price.shortfall)}")
        told = [self.loses(*self.loser(m, answer)) for m in price.lost]
        told += [f"{self.name(m.between[0])} rencontrerait {self.name(m.between[1])} à la place" for m in price.gained]
        rest = "\u202f; " + "\u202f; ".join(told) if told else "\u202f; personne ne perd de rendez-vous"
        return "si on l’impose\u00a0: " + ", ".join(parts) + rest


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _signed(number: int) -> str:
    """Return ``number`` with its sign, a true minus."""
    return f"−{-number}" if number < 0 else f"+{number}" if number else "0"
