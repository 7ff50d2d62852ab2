"""What the coach says: a question that suits what is looked for or brought, and an example that suits who says it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from web.domain.event.taxonomy import category_of
from web.domain.people.coaching import is_vague
from web.domain.people.lines import SIDES, lines_of
from web.models import Registration


def line_example(side: str, kind: str, code: str) -> str:
    """A concrete line of `side` (needs, offers) for somebody of this `kind`, beside `code` or its neighbours."""
    by_category = _LINES["company" if kind == "company" else "association", side]
    return str(by_category.get(category_of(code)) or by_category[""])


def project_example(kind: str) -> str:
    """The project of somebody of this `kind`, as a sentence."""
    return str(_PROJECTS["company" if kind == "company" else "association"])


def ask_line(side: str, kind: str, code: str, line: str) -> str:
    """What the coach asks about a `line`, with an example; empty where the line is concrete or not written."""
    if not is_vague(line):
        return ""
    return _(
        "%(question)s For example: “%(example)s”.",
        question=question_about(code),
        example=line_example(side, kind, code),
    )


def question_about(code: str) -> str:
    """What whoever reads of `code`, a need or an offer, would like to know of it."""
    return str(_QUESTIONS.get(category_of(code)) or _l("What exactly, how much, and when?"))


def ask_project(project: str) -> str:
    """The same about a project. Its example stands beside the field."""
    return _("What would you like to do, with whom, and when?") if is_vague(project, project=True) else ""


def asks_of(one: Registration) -> dict[str, Any]:
    """What the coach asks about all that a participant has written: about the ``project``, and by code under ``needs``
    and ``offers``."""
    asks: dict[str, Any] = {"project": ask_project(one.project)}
    for side in SIDES:
        asks[side] = {code: ask_line(side, one.kind, code, line) for code, line in lines_of(one, side).items()}
    return asks


_QUESTIONS: Mapping[str, Any] = {
    "skills": _l("Which trade, for which task, how many days, and by when?"),
    "people": _l("How many people, for which task, on which day?"),
    "goods": _l("Which objects, how many, and when?"),
    "premises": _l("For how many people, to do what, on which days?"),
    "money": _l("For what, how much, and by when?"),
    "business": _l("What would be bought or made, how much of it, from when on?"),
    "visibility": _l("Where would one be seen, by whom, and when?"),
    "knowledge": _l("About what, for whom, and how long?"),
    "network": _l("Whom, for what, and by when?"),
}
_PROJECTS: Mapping[str, Any] = {
    "association": _l(
        "For example, an association: “Our shared garden opens a second plot in May: we look for a designer for the "
        "signs and tools for 20 people.”"
    ),
    "company": _l(
        "For example, a company: “Our 40 employees would like two team days a year outdoors, and we have 15 computers "
        "to give in the autumn.”"
    ),
}
_LINES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("association", "needs"): {
        "": _l("20 folding chairs for our party on 12 June"),
        "skills": _l("two days of a web designer in May"),
        "people": _l("six people to paint our premises, one Friday in March"),
        "goods": _l("10 laptops for our computer course from September on"),
        "premises": _l("a room for 40 people on two Saturdays in June"),
        "money": _l("€2,000 for the minibus of our summer camp"),
        "business": _l("a first order of 100 meal trays before December"),
        "visibility": _l("our open day in your newsletter in April"),
        "knowledge": _l("half a day on public tenders for our three employees"),
        "network": _l("to meet two caterers of the town before the summer"),
    },
    ("association", "offers"): {
        "": _l("a guided tour of our garden for 15 people in June"),
        "skills": _l("a morning of French sign language for ten employees"),
        "people": _l("three trainees in carpentry in the spring"),
        "goods": _l("our sound system, free on weekdays"),
        "premises": _l("our workshop of 60 m² on Monday mornings"),
        "money": _l("a tax receipt, and what became of every euro in December"),
        "business": _l("your green spaces kept by eight people in work integration"),
        "visibility": _l("your logo on the banner of our race, 600 runners in May"),
        "knowledge": _l("two hours on disability at work for your team"),
        "network": _l("an evening with the 12 associations of our house"),
    },
    ("company", "needs"): {
        "": _l("a team day outdoors for 20 employees in June"),
        "skills": _l("two hours on accessible websites for our developers"),
        "people": _l("two trainees for the workshop from September on"),
        "goods": _l("somebody to repair and resell 30 office chairs"),
        "premises": _l("a place for 25 people for our seminar in October"),
        "money": _l("a project for children to support with €3,000 this year"),
        "business": _l("lunches for 15 people every Thursday"),
        "visibility": _l("our trades shown to 30 young people in March"),
        "knowledge": _l("how to welcome a deaf colleague in our team of six"),
        "network": _l("to meet two job seekers’ associations before hiring in May"),
    },
    ("company", "offers"): {
        "": _l("two days of our designer in May"),
        "skills": _l("five days of an accountant between January and March"),
        "people": _l("ten employees for a day of work in your garden in June"),
        "goods": _l("15 computers, four years old, in October"),
        "premises": _l("our meeting room for 20 people in the evening"),
        "money": _l("up to €2,000 for a project of our town in 2027"),
        "business": _l("our parcels to be made ready, 300 a month"),
        "visibility": _l("half a page in our customers’ magazine in the autumn"),
        "knowledge": _l("a morning on writing offers for five people"),
        "network": _l("an introduction to three suppliers of organic food"),
    },
}
