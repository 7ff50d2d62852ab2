"""A number of any length in any form is answered with its sentence."""

import pytest
from flask.testing import FlaskClient

from tests.support.typed import send
from tests.web.factories import Factory
from web.models import User

HUGE = ["9" * 400, "-" + "9" * 400, str(2**63), str(2**53 + 1)]


@pytest.mark.parametrize("number", HUGE)
def test_huge_number_of_delegates_is_told(client: FlaskClient, make: Factory, number: str) -> None:
    answer = send(client, make.event(), delegates=number)
    assert answer.status_code == 422
    assert 'id="delegates-error"' in answer.text and number in answer.text


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(
    ("page", "field"), [("schedule/compute/", "time_limit"), ("repair/", "minutes"), ("setup/rules", "min_meetings")]
)
def test_huge_number_of_an_organiser_is_told(
    organiser_client: FlaskClient, make: Factory, organiser: User, page: str, field: str, number: str
) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/{page}", data={field: number, "version": event.version})
    assert answer.status_code < 500
