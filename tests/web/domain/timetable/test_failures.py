"""Why a computation gave no timetable: codes and values in the row, sentences in the language of whoever looks."""

from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.people.redaction import Redaction
from web.domain.timetable.failures import job_reasons
from web.domain.timetable.solving import run_job, start_job
from web.models import Event, Job, JobState


def crowded(make: Factory) -> Event:
    """An event of one round, in which somebody must meet two."""
    event = make.event(slots=1)
    one = make.registration(event, name="Les Jardins du Canal")
    for name in ("Atelier Nord", "Fournil Dubois"):
        make.rule(event, one, make.registration(event, kind="company", name=name))
    return event


def fresh(session: Session, job: Job) -> Job:
    session.rollback()
    session.refresh(job)
    return job


def told(job: Job) -> dict[str, list[str]]:
    found = {}
    for language in ("fr", "en"):
        with force_locale(language):
            found[language] = job_reasons(job)
    return found


def meeting(*pair: str) -> dict[str, Any]:
    return {"code": "meeting", "values": {"pair": list(pair), "slot": None, "session": None}}


def test_row_of_an_impossible_event_keeps_codes_and_values(session: Session, make: Factory) -> None:
    job = fresh(session, start_job(session, crowded(make), SYSTEM, time_limit=5))
    assert (job.state, job.schedule_id, job.error) == (JobState.FAILED, None, "infeasible")
    short, *meetings = job.reasons
    assert short == {
        "code": "too_few_slots",
        "values": {"who": "Les Jardins du Canal", "meetings": 2, "slots": 1, "delegates": 1, "away": False},
    }
    pairs = [meeting("Les Jardins du Canal", name) for name in ("Atelier Nord", "Fournil Dubois")]
    assert sorted(meetings, key=str) == pairs


def test_impossible_event_names_its_requirements_in_both_languages(session: Session, make: Factory) -> None:
    job = fresh(session, start_job(session, crowded(make), SYSTEM, time_limit=5))
    sentences = told(job)
    assert sentences["fr"][0] == (
        "En bref\u00a0: 2 rendez-vous imposés pour Les Jardins du Canal, mais seulement 1 créneau possible"
    )
    assert sorted(sentences["fr"][1:]) == [
        "le rendez-vous Les Jardins du Canal – Atelier Nord a lieu",
        "le rendez-vous Les Jardins du Canal – Fournil Dubois a lieu",
    ]
    assert sentences["en"][0] == "In short: 2 required meetings of Les Jardins du Canal, but only 1 round for them"
    assert sorted(sentences["en"][1:]) == [
        "the meeting Les Jardins du Canal – Atelier Nord is held",
        "the meeting Les Jardins du Canal – Fournil Dubois is held",
    ]


def test_event_that_became_invalid_is_told_in_both_languages(session: Session, make: Factory) -> None:
    """It was right when the computation was asked for."""
    event = make.event(slots=2, rules={"coverage": [1, 2]})
    for kind in ("association", "company"):
        make.registration(event, kind=kind)
    job = make.job(event)
    run_job(session, job.id, "a worker")
    job = fresh(session, job)
    assert (job.state, job.error) == (JobState.FAILED, "invalid")
    assert [kept["path"] for kept in job.reasons] == ["rules.coverage[1]"]
    assert job.reasons[0]["message"]["values"]["expected"] == {"code": "at_most_points_before", "values": {"before": 1}}
    assert told(job) == {
        "fr": ["rules.coverage[1]\u00a0: attendu\u00a0: au plus 1, les points qui précèdent\u202f; trouvé\u00a0: 2"],
        "en": ["rules.coverage[1]: expected at most 1, the points before it, found 2"],
    }


def test_row_of_an_older_version_stays_readable(session: Session, make: Factory) -> None:
    """Sentences in both languages were kept in it."""
    rows = [{"fr": "le rendez-vous A – B a lieu", "en": "the meeting A – B is held"}, {"en": "only English"}]
    job = make.job(make.event(), state="failed", error="infeasible", reasons=rows)
    assert told(job) == {
        "fr": ["le rendez-vous A – B a lieu", "only English"],
        "en": ["the meeting A – B is held", "only English"],
    }


@pytest.mark.parametrize(
    "row",
    [
        {"code": "weather", "values": {}},
        {"code": "meeting", "values": {"pair": ["A", "B"]}},
        {"path": "slots", "message": {"code": "expected", "values": {}}},
    ],
)
def test_row_of_another_version_does_not_break_the_page(session: Session, make: Factory, row: dict[str, Any]) -> None:
    job = make.job(make.event(), state="failed", error="infeasible", reasons=[row])
    assert told(job) == {
        "fr": ["Une raison que cette version du programme ne connaît pas. Relancez le calcul."],
        "en": ["A reason that this version of the program does not know. Compute again."],
    }


@pytest.mark.parametrize("name", ["Meeting", "code", "Les Jardins"])
def test_erased_name_leaves_the_values_and_never_the_code(session: Session, make: Factory, name: str) -> None:
    """A participant may be called like a word of the program."""
    rows = Redaction([name], "participant effacé")([meeting(name, "Atelier Nord")])
    assert rows == [meeting("participant effacé", "Atelier Nord")]
    job = make.job(make.event(), state="failed", error="infeasible", reasons=rows)
    assert told(job)["fr"] == ["le rendez-vous participant effacé – Atelier Nord a lieu"]
