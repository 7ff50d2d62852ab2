"""The directory of whom a participant may meet, and their wishes and vetoes: more pages of the personal link."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from secrets import token_urlsafe
from typing import Any, NamedTuple, cast

from flask import abort, flash, g, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape

from web.db import get_session
from web.domain.errors import Missing, Refused
from web.domain.memory import Memory
from web.domain.people import wishes
from web.domain.people.directory import Directory, Entry, Filter, Person, directory_of
from web.domain.people.reasons import Because
from web.models import Registration
from web.security import allow, current_actor, current_registration
from web.views.frame import framed
from web.views.kept import is_with_stand_in
from web.views.participant import back, blueprint, changes_limited
from web.views.participant import words as words_of_page
from web.views.phrases import because
from web.views.unchanged import conditional

PAGE = 24


@blueprint.context_processor
def layout() -> dict[str, object]:
    return {"said_of": _said_of, "cards_of": _cards_of, "why": _why}


def _said_of(one: Person, part: str) -> Markup:
    """A part of one organisation's entry in the directory that is the same for whoever reads it."""
    words = words_of_page()

    def make() -> str:
        return str(get_template_attribute("participant/_entry.html", part)(one, words, words.language))

    return Markup(_told(one, (part, words), make))


def _cards_of(own: Any, entries: Sequence[Entry], kept: Mapping[str, Any], card: str = "one") -> Markup:
    """The cards of some organisations: what ``entry_card`` of the macros `own` gives.

    Made once for whoever reads, while the two, the words and what has been said between them stay the same; but for
    the address of the reader's own page, for which there is a stand-in.
    """
    looked_for = any(value for name, value in kept.items() if name != "back")
    if not entries or looked_for or not is_with_stand_in():
        return Markup("").join(
            own.entry_card(one, kept, card=card, why=_why(one.because, card), address=_address()) for one in entries
        )
    words, reader = words_of_page(), entries[0].reader
    place = (card, words, wishes.choosing(current_registration()), reader.weights, *kept.items())
    _me, known = _cards.get(id(reader.person), lambda: (reader.person, {}))
    if len(known) > MOST_CARDS:
        known.clear()
    found = []
    for entry in entries:
        one = entry.registration
        key = (one.id, card)
        made = known.get(key)
        if made is None or made.person is not one or made.between != entry.between or made.place != place:
            made = known[key] = Card(one, entry.between, place, _card(own, entry, kept, card).encode())
        found.append(made.text)
    return Markup(b"".join(found).decode().replace(_ADDRESS, _address()))


class Card(NamedTuple):
    """The card of `person` in bytes (half of what the letters take), and what else it was made of."""

    person: Person
    between: Hashable
    place: Hashable
    text: bytes


# By what tells readers apart as long as they are kept, who reads, and the cards that they were shown: a room's worth.
_cards: Memory[tuple[Person, dict[tuple[int, str], Card]]] = Memory(most=800)
# Those of two pages of the directory; a card takes a kilobyte.
MOST_CARDS = 60


def _card(own: Any, entry: Entry, kept: Mapping[str, Any], card: str) -> str:
    """The card of one organisation, a stand-in for the address of the reader's own page.

    It is the same for all between whom nothing has been said, but for why they would suit each other: made once.
    """
    one, why = entry.registration, _why(entry.because, card)
    if entry.wish_rank is not None or entry.vetoed or entry.wishes_me or entry.met:
        return str(own.entry_card(entry, kept, card=card, why=why, address=_ADDRESS))
    key = (card, words_of_page(), wishes.choosing(current_registration()), *kept.items())
    made = _told(one, key, lambda: str(own.entry_card(entry, kept, card=card, why=_WHY, address=_ADDRESS)))
    return made.replace(_WHY, why)


def _why(reasons: Because, card: str) -> Markup:
    """Why the two would suit each other, where anything speaks for it; `card` as in ``entry_card``."""
    if not reasons:
        return Markup("")
    words = words_of_page()
    title = _why_titles(words.language)[card != "one"]
    return Markup(f'<div class="why"><p class="why-title">{title}</p>{because(reasons, words)}</div>')


@cache
def _why_titles(_language: str) -> tuple[Markup, Markup]:
    """In the language of the page that asks: among all, and among those suggested."""
    return escape(_("Why you would suit each other")), escape(_("Suggested for you, because…"))


def _address() -> Markup:
    """Where the choices of whoever reads are sent to."""
    if "address_of_choices" not in g:
        g.address_of_choices = escape(url_for("participant.choose", token=(request.view_args or {})["token"]))
    return cast(Markup, g.address_of_choices)


def _told(one: Person, key: Hashable, make: Callable[[], str]) -> str:
    made = one.told.get(key)
    if made is None:
        if len(one.told) > MOST_TOLD:
            one.told.clear()
        made = one.told[key] = make()
    return made


# Five parts in two languages; more where the event was changed meanwhile, and its words are others.
MOST_TOLD = 24
# Nobody can write them into what they say of themselves.
_WHY, _ADDRESS = Markup(token_urlsafe(24)), token_urlsafe(24)
# The long list of what can be looked for, as it is for all who look for nothing yet.
_filters: Memory[Markup] = Memory(most=32)


def _filter_fields(wanted: Filter) -> Markup:
    def make() -> Markup:
        return Markup(get_template_attribute("participant/_filters.html", "filters")(wanted, words))

    words = words_of_page()
    return make() if wanted else _filters.get(words, make)


@blueprint.get("/directory")
@allow("participant")
@conditional("directory")
def directory(token: str) -> str:
    me = current_registration()
    # Read already, to see whether the page has changed: see `web.views.unchanged`.
    found = directory_of(get_session(), me, g.pop("directory_state", None))
    wanted = Filter(**{name: request.args.get(name, "")[:200].strip() for name in Filter.__dataclass_fields__})
    people = found.matching(wanted)
    page = request.args.get("page", 1, type=int)
    pages = max(1, -(-len(people) // PAGE))
    page = min(max(page, 1), pages)
    return framed(
        "participant/directory.html",
        wanted=wanted,
        **_of_others(found),
        filters=_filter_fields(wanted),
        entries=found.entries(people[(page - 1) * PAGE : page * PAGE]),
        total=len(people),
        everybody=len(found.people),
        suggested=[] if wanted or page > 1 else found.suggested(),
        page=page,
        pages=pages,
        wish_count=found.wish_count,
    )


def _of_others(found: Directory) -> dict[str, Any]:
    """What the lists say of the others besides: who wishes to meet the participant, whom they met before."""
    return {"wished_by": found.wished_by, "met": found.met}


def _ordered() -> list[tuple[Registration, bool]]:
    return wishes.ordered(get_session(), current_registration())


@blueprint.get("/choices")
@allow("participant")
def choices(token: str) -> str:
    me = current_registration()
    found, ordered = directory_of(get_session(), me), _ordered()
    return render_template(
        "participant/choices.html",
        wishes=ordered,
        **_of_others(found),
        vetoes=wishes.put_aside(get_session(), me),
        suggested=found.suggested(3) if len(ordered) < me.event.wish_limit else [],
    )


@blueprint.post("/choices")
@allow("participant")
@changes_limited
def choose(token: str) -> ResponseReturnValue:
    """One button for each choice: `do` says which, `target` whom, `back` on which page the button stood.

    A card of the directory or of the suggestions is answered with that card alone, so that the place is kept; a choice
    on the list of wishes with the list.
    """
    target = request.form.get("target", type=int)
    action = request.form.get("do", "")
    if target is None or action not in _ACTIONS:
        abort(400)
    card = request.form.get("card") if "HX-Request" in request.headers else None
    before = [one.id for one, _met in _ordered()] if card == "list" else []
    said, tone = _done(action, target)
    if card in ("one", "suggested"):
        return _chosen(target, said, tone)
    if card == "list":
        return _list(action, target, before.index(target) if target in before else 0, said, tone)
    flash(said, tone)
    anchor = f"one-{target}" if action in ("up", "down", "drop", "wish") else None
    if request.form.get("back") == "directory":
        return redirect(url_for("participant.directory", token=token, _anchor=f"one-{target}", **_looked_for()), 303)
    return back("participant.choices", token, anchor)


def _done(action: str, target: int) -> tuple[str, str]:
    """What is said once the choice is made or refused, and in which tone."""
    try:
        _ACTIONS[action](target)
    except (Missing, Refused) as refusal:
        return str(refusal), "error"
    return _DONE[action](), "success"


def _looked_for() -> dict[str, Any]:
    """The search and the page of the directory on which the button stood."""
    query = {name: request.form.get(f"at_{name}", "") for name in (*Filter.__dataclass_fields__, "page")}
    return {name: value[:200] for name, value in query.items() if value}


def _chosen(target: int, said: str, tone: str) -> str:
    found = directory_of(get_session(), current_registration())
    in_directory = request.form.get("back") == "directory"
    kept = {"back": "directory", **{f"at_{name}": value for name, value in _looked_for().items()}}
    return render_template(
        "participant/_chosen.html",
        entry=found.entry(target),
        card=request.form["card"],
        kept=kept if in_directory else {},
        said=said,
        tone=tone,
        **({"wish_count": found.wish_count} if in_directory else {"wishes": _ordered(), **_of_others(found)}),
    )


def _list(action: str, target: int, place: int, said: str, tone: str) -> str:
    """The list of wishes as it stands now, and what was done; the keyboard stays where it was, at `place` at most."""
    ordered = _ordered()
    if tone == "success" and action in ("up", "down", "drop"):
        for rank, (one, _met) in enumerate(ordered, start=1):
            if one.id == target:
                name = one.name or one.key
                said = _("%(name)s is now wish no. %(rank)d of %(count)d.", name=name, rank=rank, count=len(ordered))
    return render_template(
        "participant/_moved.html",
        wishes=ordered,
        **_of_others(directory_of(get_session(), current_registration())),
        said=said,
        tone=tone,
        focus={"do": action, "target": target, "place": min(place, len(ordered) - 1)},
    )


def _drop() -> wishes.Drop:
    """Where a wish was let go, as the form of the list says it."""
    seen = request.form.get("seen", "").split(",")
    place = request.form.get("place", type=int)
    if place is None or not all(one.isdecimal() and len(one) < 12 for one in seen):
        abort(400)
    return wishes.Drop(place, tuple(map(int, seen)))


_ACTIONS = {
    "wish": lambda target: wishes.add_wish(get_session(), current_registration(), target, current_actor()),
    "unwish": lambda target: wishes.remove_wish(get_session(), current_registration(), target, current_actor()),
    "up": lambda target: wishes.move_wish(get_session(), current_registration(), target, -1, current_actor()),
    "down": lambda target: wishes.move_wish(get_session(), current_registration(), target, 1, current_actor()),
    "drop": lambda target: wishes.move_wish(get_session(), current_registration(), target, _drop(), current_actor()),
    "veto": lambda target: wishes.add_veto(get_session(), current_registration(), target, current_actor()),
    "unveto": lambda target: wishes.remove_veto(get_session(), current_registration(), target, current_actor()),
}
_DONE = {
    "wish": lambda: _("Added to your wishes."),
    "unwish": lambda: _("Taken off your wishes."),
    "up": lambda: _("Moved up."),
    "down": lambda: _("Moved down."),
    "drop": lambda: _("Moved."),
    "veto": lambda: _("Noted. Nobody else sees it, and you will not meet."),
    "unveto": lambda: _("Taken back."),
}
