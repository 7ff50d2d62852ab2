"""Why a computation gave no timetable: what its job's row keeps of that, and the sentences made of it."""

from flask_babel import get_locale
from flask_babel import gettext as _

from scheduler.format.errors import Infeasible, NoScheduleFound
from web.domain.errors import Faults
from web.models import Job, JobState


def note_failure(job: Job, failure: Exception | None) -> None:
    job.state = JobState.FAILED
    job.error = "program"
    if isinstance(failure, Infeasible):
        job.error = "infeasible"
        from scheduler.wording.requirements import reasons

        pairs = zip(reasons(failure, "fr"), reasons(failure, "en"), strict=True)
        job.reasons = [*_in_short(failure), *({"fr": french, "en": english} for french, english in pairs)]
    elif isinstance(failure, NoScheduleFound):
        job.state = JobState.STOPPED if job.stop_requested else JobState.FAILED
        job.error = "stopped_early" if job.stop_requested else "too_short"
    elif isinstance(failure, Faults):
        job.error = "invalid"
        from scheduler.wording.sentences import told

        job.reasons = [
            {"en": f"{fault.path}: {fault.message}", "fr": f"{fault.path}\u00a0: {told(fault.message, 'fr')}"}
            for fault in failure.faults
        ]


def _in_short(failure: Infeasible) -> list[dict[str, str]]:
    """What counting tells of the conflict, in a sentence; none where it tells nothing."""
    from scheduler.wording.requirements import in_short

    french, english = (in_short(failure.requirements, failure.event, language) for language in ("fr", "en"))
    return [{"fr": f"En bref\u00a0: {french}", "en": f"In short: {english}"}] if french and english else []


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
    """The sentences kept with the error, in the language of the request."""
    language = get_locale().language
    return [reason.get(language) or reason["en"] for reason in job.reasons]
