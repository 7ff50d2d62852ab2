"""What participants wrote in their own words, and what they answered to the organisers' questions, as a list."""

from collections.abc import Iterable

from flask_babel import gettext as _

from web.domain.event.questions import questions_of
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.event.vocabulary import Vocabulary
from web.domain.people.lines import lines_of
from web.domain.people.lists.asked import Asked, held_answer
from web.exports.lists import TableOut
from web.forms.participants import status_label
from web.models import Event, Registration


def answer_list(event: Event, people: Iterable[Registration], language: str) -> TableOut:
    """A row a participant: the line beside each need and offer, one under the other, and an answer a question."""
    words, questions, asked = Vocabulary(event, language), questions_of(event), Asked.of(event, language)

    def lines(one: Registration, side: str) -> str:
        said = lines_of(one, side)
        return "\n".join(f"{words.item(code)}{_(': ')}{said[code]}" for code in getattr(one, side) if said.get(code))

    heads = [_("Participant"), _("Kind"), _("Status"), _("What they look for"), _("What they can bring")]
    rows = [
        [
            one.name or one.key,
            capitalised(kind_label(one.kind, language)),
            status_label(one.status),
            lines(one, "needs"),
            lines(one, "offers"),
            *(asked.cell(name, held_answer(one, name)) for name in asked.questions),
        ]
        for one in people
    ]
    return TableOut(_("Answers"), [*heads, *(one.said(language) for one in questions)], rows)
