"""The words of explanations, in French and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.format.event import Event

if TYPE_CHECKING:
    from scheduler.explain import Encounter, Explanation, NotMet, Price, Reason, Standing

# More names than this in one sentence are counted, not told.
_MOST_NAMED = 4
# And more changes than this.
_MOST_CHANGES = 6


def paragraphs(explanation: Explanation, language: str) -> list[str]:
    """Return how the participant fares, then a paragraph for each answer, in ``language`` (``fr`` or ``en``)."""
    return [
        standing_sentence(explanation.standing, explanation.event, language),
        *(paragraph(answer, language) for answer in explanation.not_met),
    ]


def standing_sentence(standing: Standing, event: Event, language: str) -> str:
    """Return in ``language`` how a participant fares, and where it cannot have more meetings, why not."""
    words = _French(event) if language == "fr" else _English(event)
    sentences = [words.fares(standing)]
    if standing.missing or not standing.meetings:
        sentences.append(words.could_meet(standing) if standing.open else words.kept_away(standing))
    # A name stays as it is written.
    return _joined(sentences, first=False)


def paragraph(answer: NotMet, language: str) -> str:
    """Return why a partner was not met and what forcing it takes, in ``language`` (``fr`` or ``en``)."""
    words = _words(answer, language)
    head = words.name(answer.partner)
    if answer.wish is not None:
        head += words.wish(answer.wish)
    sentences = words.reasons(answer)
    price = words.forced(answer)
    if price is not None:
        sentences.append(price)
    return head + words.colon + _joined(sentences, first=False)


def why(answer: NotMet, language: str) -> str:
    """Return the reasons alone, as sentences in ``language``."""
    return _joined(_words(answer, language).reasons(answer))


def forced(answer: NotMet, language: str) -> str | None:
    """Return what forcing the meeting takes, as a sentence in ``language``; ``None`` where it is refused."""
    told = _words(answer, language).forced(answer)
    return None if told is None else _joined([told])


def _words(answer: NotMet, language: str) -> _English:
    return _French(answer.event) if language == "fr" else _English(answer.event)


def _joined(sentences: Sequence[str], *, first: bool = True) -> str:
    start = _capital(sentences[0]) if first else sentences[0]
    return ". ".join([start, *map(_capital, sentences[1:])]) + "."


class _English:
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
            return f"{name} has {has}, though at least {standing.minimum} were promised"
        if standing.served:
            wishes = {0: "", 1: " and meets the one that it wished for"}.get(
                standing.wishes, f" and meets all {standing.wishes} that it wished for"
            )
            promised = f", at least the {standing.minimum} promised" if standing.minimum else ""
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
        return "it is there in no slot"

    def hindered_no_partner_kind(self, count: int) -> str:
        return "nobody takes part whose kind may meet its own"

    def hindered_no_facilitators(self, count: int) -> str:
        return "it needs a facilitator, and this event has none"

    def hindered_facilitators_elsewhere(self, count: int) -> str:
        return "it needs a facilitator, and none is free in a slot in which it is there"

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
        return f"{count} {'is' if count == 1 else 'are'} there in no slot in which it is"

    def hindered_confined(self, count: int) -> str:
        return f"{count} {'is' if count == 1 else 'are'} not there in the slot or session that is set"

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
        return "there is no slot in which both are there"

    def confined(self, reason: Reason, answer: NotMet) -> str:
        return "the slot or session set for this meeting is one in which they are not both there"

    def no_table(self, reason: Reason, answer: NotMet) -> str:
        return "no table suits both"

    def no_facilitator(self, reason: Reason, answer: NotMet) -> str:
        return "no facilitator is free in any slot in which both are there"

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
        return "in every slot in which both are there, one of them has another meeting"

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
        parts = [f"value {_signed(price.value)}"]
        if price.shortfall:
            parts.append(f"meetings missing {_signed(price.shortfall)}")
        told = self.changes(price, answer) or ["nobody loses a meeting"]
        if not price.exact:
            parts.append("at best, as slots are only counted")
            told[0] = f"for example {told[0]}"
        return "if forced: " + "; ".join([", ".join(parts), *told])


class _French(_English):
    colon, last = "\u00a0: ", " et "

    def fares(self, standing: Standing) -> str:
        name = self.name(standing.participant)
        has = f"a {standing.meetings} rendez-vous" if standing.meetings else "n’a aucun rendez-vous"
        if standing.missing:
            return f"{name} {has}, alors qu’au moins {standing.minimum} étaient promis"
        if standing.served:
            wishes = {0: "", 1: " et voit son seul souhait exaucé"}.get(
                standing.wishes, f" et voit ses {standing.wishes} souhaits exaucés"
            )
            promised = f", au moins les {standing.minimum} promis" if standing.minimum else ""
            return f"{name} a tout ce qu’il fallait\u00a0: {standing.meetings} rendez-vous{promised}{wishes}"
        wishes = f" et {standing.wishes_met} de ses {standing.wishes} souhaits exaucés" if standing.wishes else ""
        return f"{name} {has}{wishes}"

    def could_meet(self, standing: Standing) -> str:
        others = (
            "1 partenaire est encore possible"
            if standing.open == 1
            else f"{standing.open} partenaires sont encore possibles"
        )
        return f"{others}\u00a0: voici ce qui retient chacun et ce qu’il en coûterait"

    def nobody_left(self, standing: Standing) -> str:
        return "toutes les rencontres possibles sont déjà prévues"

    def cause(self, causes: Sequence[str]) -> str:
        return f"aucune rencontre n’est possible\u00a0: {self.last.join(causes)}"

    def causes(self, causes: Sequence[str], standing: Standing) -> str:
        if standing.partners == 1:
            return f"aucune autre rencontre n’est possible\u00a0: {causes[0]}"
        told = "\u202f; ".join(causes)
        return (
            f"aucune autre rencontre n’est possible, parmi {standing.partners} partenaires de type admis\u00a0: {told}"
        )

    def hindered_no_meetings_allowed(self, count: int) -> str:
        return "aucun rendez-vous ne lui est permis (max_meetings vaut 0)"

    def hindered_never_there(self, count: int) -> str:
        return "aucun créneau ne correspond à sa présence"

    def hindered_no_partner_kind(self, count: int) -> str:
        return "personne ne participe dont le type puisse rencontrer le sien"

    def hindered_no_facilitators(self, count: int) -> str:
        return "une médiation est demandée, et cet événement n’en a pas"

    def hindered_facilitators_elsewhere(self, count: int) -> str:
        return "une médiation est demandée, et aucune n’est libre pendant sa présence"

    def hindered_no_table_at_all(self, count: int) -> str:
        return "aucune table n’a tout ce qui est demandé"

    def hindered_own_veto(self, count: int) -> str:
        return f"{count} ne sont pas souhaités" if count > 1 else "1 n’est pas souhaité"

    def hindered_veto(self, count: int) -> str:
        return f"{count} ne le souhaitent pas" if count > 1 else "1 ne le souhaite pas"

    def hindered_forbidden(self, count: int) -> str:
        return f"l’organisation en a exclu {count}"

    def hindered_no_score(self, count: int) -> str:
        if self.event.affinities is not None:
            return f"l’événement ne donne pas de score avec {count}"
        return f"rien en commun avec {count} (aucun besoin satisfait, aucun thème ni souhait partagé)"

    def hindered_one_person(self, count: int) -> str:
        return f"{count} {'sont représentés' if count > 1 else 'est représenté'} par la même personne"

    def hindered_never_together(self, count: int) -> str:
        return f"{count} ne sont jamais là en même temps" if count > 1 else "1 n’est jamais là en même temps"

    def hindered_confined(self, count: int) -> str:
        return (
            f"{count} absents au créneau ou à la session fixés"
            if count > 1
            else "1 absent au créneau ou à la session fixés"
        )

    def hindered_no_table(self, count: int) -> str:
        return f"aucune table ne convient avec {count}"

    def hindered_no_facilitator(self, count: int) -> str:
        return (
            f"aucune médiation n’est libre quand {count} sont là aussi"
            if count > 1
            else "aucune médiation n’est libre quand 1 est là aussi"
        )

    def loses(self, who: str, partner: str) -> str:
        return f"{self.name(who)} perdrait son rendez-vous avec {self.name(partner)}"

    def gains(self, who: str, partner: str) -> str:
        return f"{self.name(who)} rencontrerait {self.name(partner)} à la place"

    def other_changes(self, count: int) -> str:
        return f"{count} autres changements"

    def wish(self, rank: int) -> str:
        return f" (souhait {rank + 1})"

    def others(self, count: int) -> str:
        return "1 autre" if count == 1 else f"{count} autres"

    def unknown(self) -> str:
        return "aucune règle ne s’y oppose"

    def together(self, reason: Reason, answer: NotMet) -> str:
        price = answer.price
        if price is not None and price.exact and (price.shortfall, -price.value) < (0, 0):
            return "un meilleur planning que celui-ci contiendrait ce rendez-vous"
        if price is not None and price.exact and (price.shortfall, price.value) == (0, 0):
            return "d’autres rendez-vous valent tout autant, ensemble"
        return "d’autres rendez-vous valent plus, ensemble"

    def veto(self, reason: Reason, answer: NotMet) -> str:
        return f"{self.name(reason.who or '')} ne souhaite pas ce rendez-vous"

    def forbidden(self, reason: Reason, answer: NotMet) -> str:
        return "l’organisation a exclu ce rendez-vous"

    def kinds(self, reason: Reason, answer: NotMet) -> str:
        one, other = (self.event.participant(id).kind for id in (answer.participant, answer.partner))
        return f"l’événement ne prévoit pas de rendez-vous entre ces catégories ({one}, {other})"

    def no_score(self, reason: Reason, answer: NotMet) -> str:
        if self.event.affinities is not None:
            return "l’événement ne donne aucun score à cette paire"
        return (
            "cette paire ne gagne aucun point\u00a0: aucun besoin qui compte ne trouve d’offre en face, "
            "aucun thème ni souhait en commun"
        )

    def never_together(self, reason: Reason, answer: NotMet) -> str:
        return "il n’y a aucun créneau où les deux sont présents"

    def confined(self, reason: Reason, answer: NotMet) -> str:
        return "au créneau ou dans la session fixés pour ce rendez-vous, les deux ne sont pas présents ensemble"

    def no_table(self, reason: Reason, answer: NotMet) -> str:
        return "aucune table ne convient aux deux"

    def no_facilitator(self, reason: Reason, answer: NotMet) -> str:
        return "aucune médiatrice ni aucun médiateur n’est libre quand les deux sont présents"

    def full(self, reason: Reason, answer: NotMet) -> str:
        who, better = self.name(reason.who or ""), len(reason.meetings)
        if not reason.count:
            return f"{who} ne peut avoir aucun rendez-vous"
        if not better:
            return f"{who} a déjà un agenda complet ({reason.count} rendez-vous)"
        named = self.partners(reason.meetings, reason.who or "")
        if better == reason.count:
            worth = "qui valent tous au moins autant" if better > 1 else "qui vaut au moins autant"
        else:
            worth = f"dont {better} {'valent' if better > 1 else 'vaut'} au moins autant"
        return f"{who} a déjà un agenda complet ({reason.count} rendez-vous), {worth} ({answer.score})\u00a0: {named}"

    def required(self, reason: Reason, answer: NotMet) -> str:
        return f"des rendez-vous imposés ne laissent pas de place\u00a0: {self.pairs(reason.meetings)}"

    def busy(self, reason: Reason, answer: NotMet) -> str:
        return "à chaque créneau où les deux sont présents, l’un d’eux a un autre rendez-vous"

    def tables(self, reason: Reason, answer: NotMet) -> str:
        return f"les deux sont libres à {self.times(reason)}, mais toutes les tables qui conviennent sont prises"

    def one_person(self, reason: Reason, answer: NotMet) -> str:
        return "une seule et même personne représente les deux"

    def person(self, reason: Reason, answer: NotMet) -> str:
        whom = f"représente {self.name(reason.who)}" if reason.who else "les représente"
        return f"les deux sont libres à {self.times(reason)}, mais la personne qui {whom} a alors un autre rendez-vous"

    def pause(self, reason: Reason, answer: NotMet) -> str:
        more = f"plus de {self.event.rules.max_in_a_row or 1} rendez-vous d’affilée"
        return f"les deux sont libres à {self.times(reason)}, mais l’un d’eux aurait alors {more}"

    def stays(self, reason: Reason, answer: NotMet) -> str:
        who = self.name(reason.who) if reason.who else "l’un d’eux"
        return f"les deux sont libres à {self.times(reason)}, mais la table où reste {who} ne convient pas aux deux"

    def facilitators(self, reason: Reason, answer: NotMet) -> str:
        return f"les deux sont libres à {self.times(reason)}, mais aucune médiatrice ni aucun médiateur ne l’est"

    def order(self, reason: Reason, answer: NotMet) -> str:
        return f"les deux sont libres à {self.times(reason)}, mais l’ordre demandé l’exclut"

    def breaks(self, reason: Reason, answer: NotMet) -> str:
        return (
            f"les deux sont libres à {self.times(reason)}, mais l’écart entre les nombres de pauses serait trop grand"
        )

    def open(self, reason: Reason, answer: NotMet) -> str:
        return f"ce rendez-vous peut encore être ajouté (à {self.times(reason)})"

    def impossible(self) -> str:
        return "on ne peut pas l’imposer\u00a0: ce qui est exigé ne lui laisse aucune place, quoi que les autres cèdent"

    def price(self, price: Price, answer: NotMet) -> str:
        parts = [f"valeur {_signed(price.value)}"]
        if price.shortfall:
            parts.append(f"rendez-vous manquants {_signed(price.shortfall)}")
        told = self.changes(price, answer) or ["personne ne perd de rendez-vous"]
        if not price.exact:
            parts.append("au mieux, car les créneaux sont seulement comptés")
            told[0] = f"par exemple, {told[0]}"
        return "si on l’impose\u00a0: " + "\u202f; ".join([", ".join(parts), *told])


def _meetings(count: int) -> str:
    return "1 meeting" if count == 1 else f"{count} meetings"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _signed(number: int) -> str:
    """Return ``number`` with its sign, a true minus."""
    return f"−{-number}" if number < 0 else f"+{number}" if number else "0"
