"""The sentences that organisers read of what a version answers, in the language of the request."""

from collections.abc import Sequence

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from scheduler.format.event import Event, Weights
from web.domain.event.taxonomy import kind_label
from web.domain.timetable.answered import Answered, Apart
from web.domain.timetable.drift_words import listed, rule_names


def in_short(one: Answered) -> str:
    """Who, when and where, in one line."""
    people = ngettext("%(num)d participant", "%(num)d participants", len(one.people))
    parts = [
        _("%(people)s (%(kinds)s)", people=people, kinds=_kinds(one)),
        ngettext("%(num)d round", "%(num)d rounds", one.slots),
    ]
    if one.tables:
        parts.append(ngettext("%(num)d table", "%(num)d tables", one.tables))
    if one.facilitators:
        parts.append(ngettext("%(num)d facilitator", "%(num)d facilitators", one.facilitators))
    if one.fewest:
        parts.append(ngettext("at least %(num)d meeting each", "at least %(num)d meetings each", one.fewest))
    return " · ".join(parts)


def _kinds(one: Answered) -> str:
    if one.kinds.keys() <= {"association", "company"}:
        associations, companies = one.kinds.get("association", 0), one.kinds.get("company", 0)
        both = (
            ngettext("%(num)d association", "%(num)d associations", associations),
            ngettext("%(num)d company", "%(num)d companies", companies),
        )
        return ", ".join(both)
    language = get_locale().language
    return ", ".join(
        _("%(kind)s: %(num)d", kind=kind_label(kind, language), num=num) for kind, num in one.kinds.items()
    )


def differences(found: Apart) -> list[str]:
    """In what an event differs from a former one, each in a few words; empty where the two are equals."""
    told = []
    if found.come:
        told.append(ngettext("%(num)d participant more", "%(num)d participants more", found.come))
    if found.gone:
        told.append(ngettext("%(num)d participant gone", "%(num)d participants gone", found.gone))
    if found.changed:
        told.append(
            ngettext(
                "%(num)d participant with other presence, needs or wishes",
                "%(num)d participants with other presence, needs or wishes",
                found.changed,
            )
        )
    if found.rules:
        told.append(_("other rules (%(which)s)", which=rule_names(found.rules)))
    words = {
        "slots": _("other rounds"),
        "tables": _("other tables"),
        "facilitators": _("other facilitators"),
        "same_person": _("other groups that one person represents"),
        "meetings": _("other requirements on pairs"),
        "affinities": _("other scores"),
        "timezone": _("another time zone"),
    }
    return [*told, *(words[name] for name in found.parts)]


def rules(event: Event) -> list[str]:
    """The rules of an event, a sentence each; those that nobody has set are told too, as they hold as well."""
    found, language = event.rules, get_locale().language
    least = sorted({one.min_meetings for one in event.participants})
    most = sorted({one.max_meetings for one in event.participants if one.max_meetings is not None})
    kinds = [f"{kind_label(a, language)} – {kind_label(b, language)}" for a, b in event.may_meet]
    told = [
        _("Who may meet whom: %(pairs)s", pairs=", ".join(kinds)),
        _(
            "At least this many meetings each: %(numbers)s",
            numbers=_range(least) if any(least) else _("nothing is promised"),
        ),
        _("At most this many meetings each: %(numbers)s", numbers=_range(most) if most else _("no limit")),
        _(
            "Points for the first, second, third… meeting: %(points)s",
            points=", ".join(map(str, found.coverage)) or _("none"),
        ),
    ]
    if found.max_break_difference is not None:
        told.append(_("Between any two participants, waits differ by at most %(num)s", num=found.max_break_difference))
    if found.max_in_a_row is not None:
        told.append(_("At most %(num)s meetings in a row", num=found.max_in_a_row))
    if found.seated:
        told.append(
            _("Stay at one table: %(kinds)s", kinds=", ".join(kind_label(kind, language) for kind in found.seated))
        )
    if event.affinities is not None:
        told.append(_("What a meeting is worth: the scores of the event file"))
    elif found.weights == Weights():
        told.append(_("What a meeting is worth: the usual points"))
    else:
        told.append(_("What a meeting is worth: points of this event"))
    return told


def _range(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return str(numbers[0])
    return _("%(fewest)s to %(most)s, by participant", fewest=numbers[0], most=numbers[-1])


def proven_of(one: Answered, day: str) -> str:
    """Of what a version is proven to be the best, where that is not the event as it is now. `day`: when it was read."""
    return ngettext(
        "proven best for the %(num)d participant of %(day)s",
        "proven best for the %(num)d participants of %(day)s",
        len(one.people),
        day=day,
    )


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    return listed(names)
