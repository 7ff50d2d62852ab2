"""Why a computation gave no timetable: what its job's row keeps of that, and the sentences made of it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from scheduler.feasibility.reason import COUNTS, Reason, reason_of
from scheduler.format.errors import Infeasible, NoScheduleFound
from scheduler.format.sentence import packed, unpacked
from scheduler.wording.requirements import reason_sentence
from scheduler.wording.sentences import told
from web.domain.errors import Faults
from web.models import Job, JobState


def note_failure(job: Job, failure: Exception | None) -> None:
    """Note in the row of `job` why nothing came of it: a word, and the reasons as codes and values."""
    job.state = JobState.FAILED
    job.error = "program"
    if isinstance(failure, Infeasible):
        job.error = "infeasible"
        job.reasons = [{"code": one.code, "values": dict(one.values)} for one in _conflict(failure)]
    elif isinstance(failure, NoScheduleFound):
        job.state = JobState.STOPPED if job.stop_requested else JobState.FAILED
        job.error = "stopped_early" if job.stop_requested else "too_short"
    elif isinstance(failure, Faults):
        job.error = "invalid"
        job.reasons = [{"path": fault.path, "message": packed(fault.message)} for fault in failure.faults]


def _conflict(failure: Infeasible) -> list[Reason]:
    """What counting tells of the conflict, if it tells anything, and each requirement in it."""
    # Only a process that computes has loaded the solver by then.
    from scheduler.feasibility.summary import summarised

    short = summarised(failure.requirements, failure.event)
    every = [reason_of(requirement, failure.event) for requirement in failure.requirements]
    return every if short is None else [short, *every]


def job_error(job: Job) -> str | None:
    """Why `job` gave no schedule, as a sentence; ``None`` where nothing went wrong."""
    if job.error is None:
        return None
    sentences = {
        "infeasible": _("No timetable can meet all of these requirements together. Change at least one of them:"),
        "too_short": _("The time was over before a first timetable was found. Compute again with more time."),
        "stopped_early": _("It was stopped before a first timetable was found."),
        "worker_lost": _("The computation was interrupted twice, so it was given up. Compute again."),
        "invalid": _("The event holds something that cannot be computed. Correct it, then compute again:"),
        "archived": _("This event is archived: nothing is computed for it any more."),
    }
    return sentences.get(
        job.error, _("The computation failed by an error of the program. The timetables already there are untouched.")
    )


def job_reasons(job: Job) -> list[str]:
    """What was kept of the failure as sentences in the language of the request."""
    language = get_locale().language
    return [_sentence(kept, language) for kept in job.reasons]


def _sentence(kept: Mapping[str, Any], language: str) -> str:
    try:
        return _told(kept, language)
    except KeyError:
        # A row may be read by another version of the program than the one that wrote it.
        return _("A reason that this version of the program does not know. Compute again.")


def _told(kept: Mapping[str, Any], language: str) -> str:
    if "path" in kept:
        return _("%(path)s: %(fault)s", path=kept["path"], fault=told(unpacked(kept["message"]), language))
    if "code" not in kept:
        # Before they were kept as values, reasons were kept as sentences by language.
        return str(kept.get(language) or kept["en"])
    sentence = reason_sentence(Reason(kept["code"], kept["values"]), language)
    return _("In short: %(reason)s", reason=sentence) if kept["code"] in COUNTS else sentence
