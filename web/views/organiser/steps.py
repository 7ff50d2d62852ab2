"""What an organiser does next, as the overview of an event tells it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from web.domain.mail.outbox import FILED
from web.domain.timetable.agreeing import Standing
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import Drift
from web.domain.timetable.progress import Stage, progress
from web.models import Event, EventStatus, Job, MailState, RegistrationStatus, ScheduleVersion


@dataclass(frozen=True)
class Step:
    """One step of the way. `state` is done, now or later; `address` is where it is taken, `post` what opens it."""

    title: str
    text: str
    state: str
    label: str = ""
    address: str = ""
    post: str = ""


def next_steps(
    event: Event,
    counts: Counter[str],
    job: Job | None,
    versions: Sequence[ScheduleVersion],
    drift: Drift,
    unreachable: int,
    mails: Mapping[str, int],
    round: Standing | None = None,
) -> list[Step]:
    """The five steps from an empty event to a published timetable; exactly one of them is to be done now, or none.

    `drift`: of the published version, or of the latest where none is. Nothing is told as done while what was announced
    is not what the event is now. `unreachable`: how many accepted participants have no address. `mails`: how many there
    are in each state, as `web.domain.mail.outbox` counts them. `round`: how far participants have agreed to a
    provisional version, where they are asked.
    """
    pending, accepted = counts[RegistrationStatus.PENDING], counts[RegistrationStatus.ACCEPTED]
    published = event.published_schedule_id is not None
    found = progress(event, counts, versions, drift)
    told_all = Stage.PUBLISH in found.done
    replan = round is not None and bool(round.to_replan) and bool(drift.untrue)
    timetable = _address("schedule.index", event)
    rounds = ngettext("%(num)d round", "%(num)d rounds", len(event.slots))
    tables = ngettext("%(num)d table", "%(num)d tables", len(event.tables))
    steps = [
        (
            _("Prepare"),
            _("%(rounds)s, %(tables)s", rounds=rounds, tables=tables)
            if event.tables
            else _("%(rounds)s, as many tables as needed", rounds=rounds),
            _("Look at the rounds"),
            _address("setup.slots_page", event),
            "",
        ),
        (
            _("Open registration"),
            _("Not open: your team has entered the participants itself.")
            if event.status == EventStatus.DRAFT and Stage.OPEN in found.done
            else _("Share the public address; participants register on their phone."),
            _("Open registration"),
            "",
            EventStatus.OPEN.value if event.status == EventStatus.DRAFT else "",
        ),
        (
            _("Accept participants"),
            ngettext(
                "%(num)d registration waits for your decision", "%(num)d registrations wait for your decision", pending
            )
            if pending
            else ngettext("%(num)d participant is accepted", "%(num)d participants are accepted", accepted),
            _("Decide") if pending else _("See the participants"),
            _address("participants.index", event, status="pending" if pending else None),
            "",
        ),
        (
            _("Compute the timetable"),
            _("It is being computed at this moment.")
            if job is not None
            else _("Meetings were declined: plan again without them.")
            if replan
            else _("The event has changed since: compute again.")
            if drift.untrue and not published
            else ngettext("%(num)d version so far", "%(num)d versions so far", len(versions))
            if versions
            else _("Close registration first, if you want no more changes."),
            _("See the answers") if replan else _("Go to the timetable"),
            _address("agreement.page", event) if replan else timetable,
            "",
        ),
        (
            _("Publish"),
            _told(drift, unreachable, mails)
            if told_all
            else _("Announced; not everybody has confirmed that they come.")
            if published and drift and all(item.code == Code.UNCONFIRMED for item in drift.items)
            else _("What participants have received no longer matches the event.")
            if published and drift
            else _("A newer version than the published one is ready.")
            if published and versions
            else _provisional(round)
            if round
            else _("Everybody receives an agenda by mail, and you print the agendas."),
            _("See the answers") if round else _("Go to the timetable"),
            _address("agreement.page", event) if round else timetable,
            "",
        ),
    ]
    return [
        Step(
            title,
            text,
            found.state(stage),
            label if stage == found.now else "",
            address,
            post if stage == found.now else "",
        )
        for stage, (title, text, label, address, post) in zip(Stage, steps, strict=True)
    ]


def _provisional(round: Standing) -> str:
    """How far participants have agreed to what is not announced yet."""
    answered = ngettext(
        "Provisional: %(num)d of %(asked)d has answered",
        "Provisional: %(num)d of %(asked)d have answered",
        round.answered,
        asked=round.asked,
    )
    declined = len(round.to_replan)
    if not declined:
        return _("%(what)s.", what=answered)
    return _(
        "%(what)s, %(declined)s.",
        what=answered,
        declined=ngettext("%(num)d meeting declined", "%(num)d meetings declined", declined),
    )


def _told(drift: Drift, unreachable: int, mails: Mapping[str, int]) -> str:
    """Who has received what was published, and answers the event: only what has left can have been received."""
    waiting = mails.get(MailState.QUEUED, 0) + mails.get(MailState.CLAIMED, 0)
    if drift.seen:
        return _("Published; what differs from the event was seen and is left so.")
    if mails.get(MailState.FAILED, 0):
        return _("Published; not all mails could be delivered.")
    if unreachable:
        return ngettext(
            "Published; %(num)d participant has no e-mail address: hand out the printed agenda.",
            "Published; %(num)d participants have no e-mail address: hand out the printed agendas.",
            unreachable,
        )
    if waiting:
        return ngettext(
            "Published; %(num)d mail has not left yet.", "Published; %(num)d mails have not left yet.", waiting
        )
    if filed := mails.get(FILED, 0):
        return ngettext(
            "Published; %(num)d mail was only written to a file: without a mail server none leaves this computer.",
            "Published; %(num)d mails were only written to files: without a mail server none leaves this computer.",
            filed,
        )
    return _("Everybody has received the timetable.")


def _address(endpoint: str, event: Event, **values: Any) -> str:
    known = endpoint in current_app.view_functions
    return url_for(endpoint, event_id=event.id, **values) if known else ""
