"""The English words of explanations, and how sentences are put together in any language."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.format.event import Event

if TYPE_CHECKING:
    from scheduler.explain import Encounter, NotMet, Price, Reason, Standing

# More names than this in one sentence are counted, not told.
_MOST_NAMED = 4
# And more changes than this.
_MOST_CHANGES = 6


class English:
    colon, last = ": ", " and "

    def __init__(self, event: Event) -> None:
        self.event = event

    def reasons(self, answer: NotMet) -> list[str]:
        found = []
        for reason in answer.reasons or (None,):
            sentence = self.unknown() if reason is None else getattr(self, reason.kind)(reason, answer)
            assert isinstance(sentence, str)
            found.append(sentence)
        return found

    def forced(self, answer: NotMet) -> str | None:
        if answer.refused:
            return None
        return self.impossible() if answer.price is None else self.price(answer.price, answer)

    def changes(self, price: Price, answer: NotMet) -> list[str]:
        """Return who loses what and who gains what, the first few of them."""
        told = [self.loses(*self.loser(m, answer)) for m in price.lost]
        told += [self.gains(*m.between) for m in price.gained]
        if len(told) > _MOST_CHANGES:
            told[_MOST_CHANGES - 1 :] = [self.other_changes(len(told) - _MOST_CHANGES + 1)]
        return told

    def times(self, reason: Reason) -> str:
        """Return the slots of ``reason`` by their times, with days where there are several."""
        slots = [self.event.slots[self.event.slot_index[id]].start for id in reason.slots]
        days = {slot.start.date() for slot in self.event.slots}
        return self.listed([f"{start:%d/%m %H:%M}" if len(days) > 1 else f"{start:%H:%M}" for start in slots])

    def name(self, id: str) -> str:
        return _apart(self.event.participant(id).label)

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

    def loser(self, meeting: Encounter, answer: NotMet) -> tuple[str, str]:
        """Return who loses ``meeting``, somebody else first, and whom it was to meet."""
        one, other = meeting.between
        return (other, one) if one in (answer.participant, answer.partner) else (one, other)

    def pairs(self, meetings: Sequence[Encounter]) -> str:
        return self.listed([f"{self.name(m.between[0])} – {self.name(m.between[1])}" for m in meetings])

    def kept_away(self, standing: Standing) -> str:
        """Return why somebody could meet nobody else."""
        causes = [getattr(self, f"hindered_{one.kind}")(one.count) for one in standing.hindrances]
        if not causes:
            return self.nobody_left(standing)
        own = all(not one.count for one in standing.hindrances)
        return self.cause(causes) if own else self.causes(causes, standing)

    # The sentences

    def fares(self, standing: Standing) -> str:
        name, has = self.name(standing.participant), _meetings(standing.meetings) if standing.meetings else "no meeting"
        if standing.missing:
            were = "was" if standing.minimum == 1 else "were"
            return f"{name} has {has}, though at least {standing.minimum} {were} promised"
        if standing.served:
            wishes = {0: "", 1: " and meets the one that it wished for"}.get(
                standing.wishes, f" and meets all {standing.wishes} that it wished for"
            )
            promised = f", at least the {standing.minimum} promised{',' if wishes else ''}" if standing.minimum else ""
            return f"{name} is fully served: it has {has}{promised}{wishes}"
        wishes = (
            f" and meets {standing.wishes_met} of the {standing.wishes} that it wished for" if standing.wishes else ""
        )
        return f"{name} has {has}{wishes}"

    def could_meet(self, standing: Standing) -> str:
        others = "1 partner" if standing.open == 1 else f"{standing.open} partners"
        return f"{others} could still be met: what holds each back, and what it would cost, follows"

    def nobody_left(self, standing: Standing) -> str:
        return "it already meets everybody whom it may meet"

    def cause(self, causes: Sequence[str]) -> str:
        return f"nobody could be met: {self.last.join(causes)}"

    def causes(self, causes: Sequence[str], standing: Standing) -> str:
        if standing.partners == 1:
            return f"nobody else could be met: {causes[0]}"
        return f"nobody else could be met; of the {standing.partners} whom its kind may meet: {', '.join(causes)}"

    def hindered_no_meetings_allowed(self, count: int) -> str:
        return "it may have no meeting at all (max_meetings is 0)"

    def hindered_never_there(self, count: int) -> str:
        return "it is there in no round"

    def hindered_no_partner_kind(self, count: int) -> str:
        return "nobody takes part whose kind may meet its own"

    def hindered_no_facilitators(self, count: int) -> str:
        return "it needs a facilitator, and this event has none"

    def hindered_facilitators_elsewhere(self, count: int) -> str:
        return "it needs a facilitator, and none is free in a round in which it is there"

    def hindered_no_table_at_all(self, count: int) -> str:
        return "no table has all that it requires"

    def hindered_own_veto(self, count: int) -> str:
        return f"it does not want {count}"

    def hindered_veto(self, count: int) -> str:
        return f"{count} {'does' if count == 1 else 'do'} not want it"

    def hindered_forbidden(self, count: int) -> str:
        return f"the organiser has ruled {count} out"

    def hindered_no_score(self, count: int) -> str:
        if self.event.affinities is not None:
            return f"the event gives it no score with {count}"
        return (
            f"{count} {'shares' if count == 1 else 'share'} nothing with it (no need is met, no theme or wish shared)"
        )

    def hindered_one_person(self, count: int) -> str:
        return f"{count} {'is' if count == 1 else 'are'} represented by the same person"

    def hindered_never_together(self, count: int) -> str:
        return f"{count} {'is' if count == 1 else 'are'} there in no round in which it is"

    def hindered_confined(self, count: int) -> str:
        return f"{count} {'is' if count == 1 else 'are'} not there in the round or session that is set"

    def hindered_no_table(self, count: int) -> str:
        return f"no table suits it and {count} of them"

    def hindered_no_facilitator(self, count: int) -> str:
        return f"no facilitator is free when it and {count} of them are there"

    def loses(self, who: str, partner: str) -> str:
        return f"{self.name(who)} would lose the meeting with {self.name(partner)}"

    def gains(self, who: str, partner: str) -> str:
        return f"{self.name(who)} would meet {self.name(partner)} instead"

    def other_changes(self, count: int) -> str:
        return f"{count} other changes"

    def wish(self, rank: int) -> str:
        return f" (wish {rank + 1})"

    def others(self, count: int) -> str:
        return "1 other" if count == 1 else f"{count} others"

    def unknown(self) -> str:
        return "no rule stands in the way"

    def together(self, reason: Reason, answer: NotMet) -> str:
        price = answer.price
        if price is not None and price.exact and (price.shortfall, -price.value) < (0, 0):
            return "a better timetable than this one would hold this meeting"
        if price is not None and price.exact and (price.shortfall, price.value) == (0, 0):
            return "other meetings are worth just as much together"
        return "other meetings are worth more together"

    def veto(self, reason: Reason, answer: NotMet) -> str:
        return f"{self.name(reason.who or '')} does not want this meeting"

    def forbidden(self, reason: Reason, answer: NotMet) -> str:
        return "the organiser has ruled this meeting out"

    def kinds(self, reason: Reason, answer: NotMet) -> str:
        one, other = (self.event.participant(id).kind for id in (answer.participant, answer.partner))
        return f"the event has no meetings between these kinds ({one}, {other})"

    def no_score(self, reason: Reason, answer: NotMet) -> str:
        if self.event.affinities is not None:
            return "the event gives this pair no score"
        return "this pair earns no points: no need that counts is met by an offer, no theme or wish is shared"

    def never_together(self, reason: Reason, answer: NotMet) -> str:
        return "there is no round in which both are there"

    def confined(self, reason: Reason, answer: NotMet) -> str:
        return "the round or session set for this meeting is one in which they are not both there"

    def no_table(self, reason: Reason, answer: NotMet) -> str:
        return "no table suits both"

    def no_facilitator(self, reason: Reason, answer: NotMet) -> str:
        return "no facilitator is free in any round in which both are there"

    def full(self, reason: Reason, answer: NotMet) -> str:
        who, better = self.name(reason.who or ""), len(reason.meetings)
        if not reason.count:
            return f"{who} cannot have any meeting"
        if not better:
            return f"{who} has a full agenda ({_meetings(reason.count)})"
        named = self.partners(reason.meetings, reason.who or "")
        all_of_it = "all" if better > 1 else "it is"
        if better == reason.count:
            return (
                f"{who} has a full agenda ({_meetings(reason.count)}), "
                f"{all_of_it} worth at least as much ({answer.score}): {named}"
            )
        return (
            f"{who} has a full agenda ({_meetings(reason.count)}), "
            f"{better} of them worth at least as much ({answer.score}): {named}"
        )

    def required(self, reason: Reason, answer: NotMet) -> str:
        return f"required meetings leave no room: {self.pairs(reason.meetings)}"

    def busy(self, reason: Reason, answer: NotMet) -> str:
        return "in every round in which both are there, one of them has another meeting"

    def tables(self, reason: Reason, answer: NotMet) -> str:
        return f"both are free at {self.times(reason)}, but all tables that suit are taken then"

    def one_person(self, reason: Reason, answer: NotMet) -> str:
        return "one and the same person represents both"

    def person(self, reason: Reason, answer: NotMet) -> str:
        who = f"{self.name(reason.who)} is represented" if reason.who else "they are represented"
        return f"both are free at {self.times(reason)}, but {who} by somebody who is in another meeting then"

    def pause(self, reason: Reason, answer: NotMet) -> str:
        more = f"more than {_meetings(self.event.rules.max_in_a_row or 1)} in a row"
        return f"both are free at {self.times(reason)}, but one of them would then have {more}"

    def stays(self, reason: Reason, answer: NotMet) -> str:
        who = self.name(reason.who) if reason.who else "one of them"
        return f"both are free at {self.times(reason)}, but the table at which {who} stays does not suit both"

    def facilitators(self, reason: Reason, answer: NotMet) -> str:
        return f"both are free at {self.times(reason)}, but no facilitator is"

    def order(self, reason: Reason, answer: NotMet) -> str:
        return f"both are free at {self.times(reason)}, but the order asked for forbids it then"

    def breaks(self, reason: Reason, answer: NotMet) -> str:
        return f"both are free at {self.times(reason)}, but breaks would then differ by more than is allowed"

    def open(self, reason: Reason, answer: NotMet) -> str:
        return f"it could still be added (at {self.times(reason)})"

    def impossible(self) -> str:
        return "it cannot be forced: the requirements leave no room for it, whatever others give up"

    def price(self, price: Price, answer: NotMet) -> str:
        parts = [f"value {signed(price.value)}"]
        if price.shortfall:
            parts.append(f"meetings missing {signed(price.shortfall)}")
        told = self.changes(price, answer) or ["nobody loses a meeting"]
        if not price.exact:
            parts.append("at best, as rounds are only counted")
            told[0] = f"for example {told[0]}"
        return "if forced: " + "; ".join([", ".join(parts), *told])


def _apart(name: str) -> str:
    """Return ``name`` so that letters written from right to left turn nothing around that stands beside it."""
    turns = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)
    return f"\u2068{name}\u2069" if turns else name


def _meetings(count: int) -> str:
    return "1 meeting" if count == 1 else f"{count} meetings"


def signed(number: int) -> str:
    """Return ``number`` with its sign, a true minus."""
    return f"−{-number}" if number < 0 else f"+{number}" if number else "0"
