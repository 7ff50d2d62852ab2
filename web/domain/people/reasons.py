"""Why two meet, or would suit each other, told to one of them as codes: the value of directory, page, print, calendar.

The organiser's view of the same lines, each with its points, is `web.domain.timetable.reasons`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from scheduler.format.event import Event, Participant
from scheduler.format.score import ScoreLine, score_pair

Asked = Literal["required", "allowed", "proposed"]


@dataclass(frozen=True)
class Because:
    """Why two would suit each other, told to one of them, as codes.

    `seek`: what one looks for and the other brings; `give`: the reverse; `explore`: categories in which they come near.
    `wish`: the rank of one's own wish, from 1; `mutual`: whether each
    wishes the other; what the other alone wishes is told to nobody but the team.
    `asked`: what the organisers said of the pair, told where nothing else is.
    """

    seek: tuple[str, ...] = ()
    give: tuple[str, ...] = ()
    explore: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    zone: str | None = None
    wish: int | None = None
    mutual: bool = False
    asked: Asked | None = None

    def __bool__(self) -> bool:
        """Whether anything but wishes and the organisers speaks for it."""
        return bool(self.seek or self.give or self.explore or self.themes or self.zone)


def because(lines: Iterable[ScoreLine], me: str) -> Because:
    """The lines of a score as they concern the participant `me`. Cost: the lines."""
    # Dictionaries, for each is told once, in the order of the lines.
    seek: dict[str, None] = {}
    give: dict[str, None] = {}
    explore: dict[str, None] = {}
    themes: dict[str, None] = {}
    zone = wish = None
    theirs = False
    for line in lines:
        subject = line.subject
        match line.part:
            case "need":
                (seek if line.who == me else give)[subject] = None
            case "category":
                explore[subject.partition(".")[0]] = None
            case "theme":
                themes[subject] = None
            case "zone":
                zone = subject
            case "wish" if line.who == me:
                wish = int(subject) + 1
            case "wish":
                theirs = True
    return Because(
        seek=tuple(seek),
        give=tuple(give),
        explore=tuple(explore),
        themes=tuple(themes),
        zone=zone,
        wish=wish,
        mutual=wish is not None and theirs,
    )


def why_they_meet(event: Event, me: Participant, partner: Participant) -> Because:
    """Why `me` meets `partner`, told to `me`.

    Where the event gives affinities as bare numbers, the facts that the formula would count are told: they are as true.
    """
    found = because(score_pair(me, partner, event.rules.weights).lines, me.id)
    if found or found.wish:
        return found
    return replace(found, asked=asked_for(event, me, partner))


def asked_for(event: Event, one: Participant, other: Participant) -> Asked | None:
    """What the organisers said of the pair; ``None`` where there is but a bare number of the event file."""
    pair = {one.id, other.id}
    statuses = {rule.status for rule in event.meetings if set(rule.between) == pair}
    if "required" in statuses:
        return "required"
    if "allowed" in statuses:
        return "allowed"
    return "proposed" if event.affinities is None else None
