"""The French words of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.wording.explanations_english import English, signed

if TYPE_CHECKING:
    from scheduler.explain import NotMet, Price, Reason, Standing


class French(English):
    colon, last = "\u00a0: ", " et "

    def fares(self, standing: Standing) -> str:
        name = self.name(standing.participant)
        has = f"a {standing.meetings} rendez-vous" if standing.meetings else "n’a aucun rendez-vous"
        promised = f"au moins {standing.minimum} {'était' if standing.minimum == 1 else 'étaient'} promis"
        if standing.missing:
            return f"{name} {has}, alors qu’{promised}"
        if standing.served:
            wishes = {0: "", 1: " et son seul souhait exaucé"}.get(
                standing.wishes, f" et ses {standing.wishes} souhaits exaucés"
            )
            told = f" ({promised})" if standing.minimum else ""
            return f"{name} a tout ce qu’il fallait\u00a0: {standing.meetings} rendez-vous{told}{wishes}"
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
        return "un médiateur est demandé, et cet événement n’en a pas"

    def hindered_facilitators_elsewhere(self, count: int) -> str:
        return "un médiateur est demandé, et aucun n’est libre pendant sa présence"

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
            f"aucun médiateur n’est libre quand {count} sont là aussi"
            if count > 1
            else "aucun médiateur n’est libre quand 1 est là aussi"
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
        return "aucun médiateur n’est libre quand les deux sont présents"

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
        return f"les deux sont libres à {self.times(reason)}, mais aucun médiateur ne l’est"

    def order(self, reason: Reason, answer: NotMet) -> str:
        return f"les deux sont libres à {self.times(reason)}, mais l’ordre demandé l’exclut"

    def breaks(self, reason: Reason, answer: NotMet) -> str:
        return (
            f"les deux sont libres à {self.times(reason)}, mais l’écart entre les nombres d’attentes serait trop grand"
        )

    def open(self, reason: Reason, answer: NotMet) -> str:
        return f"ce rendez-vous peut encore être ajouté (à {self.times(reason)})"

    def impossible(self) -> str:
        return "on ne peut pas l’imposer\u00a0: ce qui est exigé ne lui laisse aucune place, quoi que les autres cèdent"

    def price(self, price: Price, answer: NotMet) -> str:
        parts = [f"valeur {signed(price.value)}"]
        if price.shortfall:
            parts.append(f"rendez-vous manquants {signed(price.shortfall)}")
        told = self.changes(price, answer) or ["personne ne perd de rendez-vous"]
        if not price.exact:
            parts.append("au mieux, car les créneaux sont seulement comptés")
            told[0] = f"par exemple, {told[0]}"
        return "si on l’impose\u00a0: " + "\u202f; ".join([", ".join(parts), *told])
