"""Three questions to put to somebody whom one meets, made from what both have written."""

from collections.abc import Iterator
from itertools import chain, islice, zip_longest

from flask_babel import gettext as _

from web.domain.event.vocabulary import Vocabulary
from web.domain.people.coaching import is_vague
from web.domain.people.coaching_words import question_about
from web.domain.people.directory import Person
from web.domain.people.earlier import Met
from web.domain.people.lines import lines_of
from web.domain.people.reasons import Because

MOST = 3


def questions_for(other: Person, why: Because, met: Met | None, words: Vocabulary) -> tuple[str, ...]:
    """What to ask `other`, met for the reasons `why`; in the language of the request. At most three, all different.

    What they met about before goes first, then in turn what one looks for and they bring, and the reverse; then what
    else the two have written.
    """
    both = zip_longest(_of_their_offers(other, why, words), _of_their_needs(other, why, words))
    again = [_("What has become of what you spoke about at “%(event)s”?", event=met.title)] if met else []
    found = chain(again, filter(None, chain.from_iterable(both)), _of_all_else(other, why, words))
    return tuple(islice(dict.fromkeys(found), MOST))


def _of_their_offers(other: Person, why: Because, words: Vocabulary) -> Iterator[str]:
    lines = lines_of(other, "offers")
    for code in why.seek:
        line = lines.get(code, "")
        if line and not is_vague(line):
            yield _("You bring “%(line)s”: what would we have to prepare, and when could it begin?", line=line)
        else:
            yield _(
                "Among what you bring: “%(thing)s”. %(question)s",
                thing=words.in_sentence(code),
                question=question_about(code),
            )


def _of_their_needs(other: Person, why: Because, words: Vocabulary) -> Iterator[str]:
    lines = lines_of(other, "needs")
    for code in why.give:
        line = lines.get(code, "")
        if line and not is_vague(line):
            yield _("You look for “%(line)s”: by what will you see that it has been of use?", line=line)
        else:
            yield _(
                "Among what you look for: “%(thing)s”. %(question)s",
                thing=words.in_sentence(code),
                question=question_about(code),
            )


def _of_all_else(other: Person, why: Because, words: Vocabulary) -> Iterator[str]:
    if other.project:
        if is_vague(other.project, project=True):
            yield _("Your project: what would you like to do, with whom, and when?")
        else:
            yield _("Your project: which step comes next, and what is still lacking for it?")
    for theme in why.themes:
        yield _(
            "You too care about “%(theme)s”: what do you do there already, and with whom?",
            theme=words.theme_in_sentence(theme),
        )
    lines = lines_of(other, "needs")
    for code in other.needs:
        if code not in why.give:
            thing = lines.get(code) or words.in_sentence(code)
            yield _("You also look for “%(thing)s”: whom of those we know could we put you in touch with?", thing=thing)
    for code in other.offers:
        if code not in why.seek:
            yield _(
                "You also bring “%(thing)s”: for whom have you done that before?",
                thing=lines_of(other, "offers").get(code) or words.in_sentence(code),
            )
    if why.zone:
        yield _("We are neighbours in %(zone)s: whom should we both know there?", zone=words.zone(why.zone))
    yield _("Which small thing could we do together within three months?")
    yield _("Who with you decides, and when do we speak again?")
    yield _("What would make you say that this meeting was worth it?")
