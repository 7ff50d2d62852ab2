"""The sentences that organisers and participants read of a drift, in the language of the request."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.domain.dates import in_words
from web.domain.timetable.distance import Code, Item

# More names than this are counted.
_MOST_NAMED = 5


def sentence(item: Item) -> str:
    """What an organiser is told of `item`: what is so, what it does to meetings, and how many have to be told."""
    head = _HEADS[item.code](dict(item.values))
    if not item.meetings:
        return _("%(what)s.", what=head)
    return _("%(what)s: %(effects)s.", what=head, effects=_effects(item))


def sentences(items: Sequence[Item]) -> list[str]:
    """`sentence` of each."""
    return [sentence(item) for item in items]


def for_participant(item: Item) -> str:
    """What a participant reads beside one of their meetings that `item` breaks: nothing of why others changed."""
    if item.code == Code.GONE:
        return _("Cancelled: they no longer come")
    if item.code == Code.SLOTS_CUT:
        return _("Cancelled: this round is not held any more")
    if item.code == Code.SLOTS_MOVED:
        return _("The time will change")
    if item.code == Code.PLACE:
        return _("The place has changed: see above")
    if item.code in (Code.TABLE_LOST, Code.TABLE_RENAMED, Code.TABLE_LACKS, Code.HOME_TABLE):
        return _("The table will change")
    return _("May change: wait for our mail")


def _effects(item: Item) -> str:
    meetings, people = len(item.meetings), len(item.concerned)
    cancelled = item.code in (Code.GONE, Code.SLOTS_CUT)
    return ", ".join(
        (
            ngettext("%(num)d meeting cancelled", "%(num)d meetings cancelled", meetings)
            if cancelled
            else ngettext("%(num)d meeting is not as announced", "%(num)d meetings are not as announced", meetings),
            ngettext("%(num)d participant to tell", "%(num)d participants to tell", people),
        )
    )


def _gone(values: dict[str, Any]) -> str:
    name, status = values["name"], values["status"]
    if status == "withdrawn":
        return _("%(name)s no longer comes", name=name)
    if status == "declined":
        return _("%(name)s was turned down", name=name)
    if status in ("waiting", "pending"):
        return _("%(name)s is not accepted any more", name=name)
    return _("A participant had all data erased and no longer comes")


def _mode(values: dict[str, Any]) -> str:
    if values["remote"]:
        return _("%(name)s now takes part online", name=values["name"])
    return _("%(name)s now comes in person", name=values["name"])


def _home(values: dict[str, Any]) -> str:
    return _("%(name)s now stays at %(table)s", **values)


def _moved(values: dict[str, Any]) -> str:
    before, after = values["before"][0], values["after"][0]
    if before == after:
        return ngettext(
            "%(num)d round now ends at another time (%(start)s to %(end)s)",
            "%(num)d rounds now end at another time (the first: %(start)s to %(end)s)",
            values["count"],
            start=_clock(after),
            end=_clock(values["after"][1]),
        )
    other_day = before.date() != after.date()
    return ngettext(
        "%(num)d round has moved (from %(before)s to %(after)s)",
        "%(num)d rounds have moved (the first from %(before)s to %(after)s)",
        values["count"],
        before=_when(before) if other_day else _clock(before),
        after=_when(after) if other_day else _clock(after),
    )


def _cut(values: dict[str, Any]) -> str:
    return ngettext(
        "%(num)d round is no longer held (%(times)s)",
        "%(num)d rounds are no longer held (%(times)s)",
        values["count"],
        times=listed([_clock(time) for time in values["times"]]),
    )


def _added(values: dict[str, Any]) -> str:
    return ngettext(
        "%(num)d round was added (%(times)s)",
        "%(num)d rounds were added (%(times)s)",
        values["count"],
        times=listed([_clock(time) for time in values["times"]]),
    )


def _place(values: dict[str, Any]) -> str:
    if not values["after"]:
        return _("%(before)s is no longer the place", before=values["before"])
    if not values["before"]:
        return _("The place is now %(after)s", after=values["after"])
    return _("The place is now %(after)s, no longer %(before)s", **values)


def _rules(values: dict[str, Any]) -> str:
    return _("The rules have changed: %(which)s", which=rule_names(values["names"]))


def rule_names(names: Sequence[str]) -> str:
    """The rules of those names in the event file, as an organiser calls them."""
    words = {
        "coverage": _("points for several meetings"),
        "max_break_difference": _("waits shared out"),
        "seated": _("who stays at a table"),
        "max_in_a_row": _("meetings in a row"),
        "weights": _("what a meeting is worth"),
        "may_meet": _("who may meet whom"),
        "affinities": _("scores"),
        "min_meetings": _("fewest meetings each"),
        "max_meetings": _("most meetings each"),
    }
    return ", ".join(words.get(name, name) for name in names)


_HEADS: dict[Code, Callable[[dict[str, Any]], str]] = {
    Code.GONE: _gone,
    Code.ABSENT: lambda v: _(
        "%(name)s will not be there at %(times)s", name=v["name"], times=listed([_clock(t) for t in v["times"]])
    ),
    Code.ONE_DELEGATE: lambda v: ngettext(
        "%(name)s comes with %(num)d person only",
        "%(name)s comes with %(num)d people only",
        v["delegates"],
        name=v["name"],
    ),
    Code.SAME_PERSON: lambda v: _(
        "One person stands for %(names)s and cannot be in two places", names=listed(v["names"])
    ),
    Code.MODE: _mode,
    Code.TABLE_LACKS: lambda v: _("%(name)s needs something that the table does not have", **v),
    Code.HOME_TABLE: _home,
    Code.FACILITATOR_WANTED: lambda v: _("%(name)s now asks for a facilitator", **v),
    Code.NOT_TO_MEET: lambda v: _("%(one)s and %(other)s must not meet any more", **v),
    Code.FIXED_ELSEWHERE: lambda v: _("%(one)s and %(other)s must meet in another round", **v),
    Code.SLOTS_MOVED: _moved,
    Code.SLOTS_CUT: _cut,
    Code.ZONE: lambda v: _("The time zone is now %(after)s, no longer %(before)s", **v),
    Code.PLACE: _place,
    Code.TABLE_LOST: lambda v: _("%(table)s is not there any more", **v),
    Code.TABLE_RENAMED: lambda v: _("%(before)s is now called %(after)s", **v),
    Code.FACILITATOR_LOST: lambda v: _("The facilitator %(name)s no longer comes", **v),
    Code.FACILITATOR_ABSENT: lambda v: _("The facilitator %(name)s is not there in some rounds", **v),
    Code.COME: lambda v: ngettext(
        "%(num)d participant is accepted and has no agenda yet: %(names)s",
        "%(num)d participants are accepted and have no agenda yet: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.FREER: lambda v: ngettext(
        "%(num)d participant could now be there in more rounds: %(names)s",
        "%(num)d participants could now be there in more rounds: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.SLOTS_ADDED: _added,
    Code.TABLES_ADDED: lambda v: ngettext(
        "There is %(num)d table more: %(names)s",
        "There are %(num)d tables more: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.FACILITATORS_ADDED: lambda v: ngettext(
        "There is %(num)d facilitator more: %(names)s",
        "There are %(num)d facilitators more: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.FACILITATOR_RENAMED: lambda v: _("The facilitator %(before)s is now called %(after)s", **v),
    Code.RENAMED: lambda v: _("%(before)s is now called %(after)s", **v),
    Code.RULES: _rules,
    Code.RULE_BROKEN: lambda v: ngettext(
        "The timetable no longer keeps %(num)d rule of the event",
        "The timetable no longer keeps the rules of the event in %(num)d places",
        v["count"],
    ),
    Code.REQUIRED_UNMET: lambda v: _("%(one)s and %(other)s must meet and do not", **v),
    Code.TOO_MANY: lambda v: ngettext(
        "%(num)d participant has more meetings than the limit: %(names)s",
        "%(num)d participants have more meetings than the limit: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.TOO_FEW: lambda v: ngettext(
        "%(num)d participant has fewer meetings than promised: %(names)s",
        "%(num)d participants have fewer meetings than promised: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.WISHES: lambda v: ngettext(
        "%(num)d wish is new (%(names)s)",
        "%(num)d wishes are new (%(names)s)",
        v["count"],
        names=listed(v["names"]),
    ),
    Code.PROFILES: lambda v: ngettext(
        "%(num)d participant has changed what was said at registration, and no meeting is broken by it: %(names)s",
        "%(num)d participants have changed what they said at registration, and no meeting is broken by it: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.UNCONFIRMED: lambda v: ngettext(
        "%(num)d participant has not confirmed that they come: %(names)s",
        "%(num)d participants have not confirmed that they come: %(names)s",
        len(v["names"]),
        names=listed(v["names"]),
    ),
    Code.INVALID: lambda _values: _("The event holds something that cannot be computed as it is"),
}


def listed(words: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    rest = len(words) - _MOST_NAMED
    if rest <= 1:
        return ", ".join(words)
    return ", ".join([*words[:_MOST_NAMED], ngettext("%(num)d more", "%(num)d more", rest)])


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _when(moment: datetime) -> str:
    return f"{in_words(get_locale().language, moment, 'd MMMM')}, {_clock(moment)}"
