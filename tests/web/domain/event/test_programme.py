"""What an event brings together."""

import pytest

from tests.web.factories import Factory
from web.domain.event.programme import kinds_met_by, kinds_of, kinds_that_meet


@pytest.mark.parametrize("rules", [{}, {"may_meet": []}, {"may_meet": [["association", "company"]]}])
def test_event_without_a_rule_brings_associations_and_companies_together(
    make: Factory, rules: dict[str, object]
) -> None:
    event = make.event(rules=rules)
    assert kinds_that_meet(event) == [("association", "company")]
    assert kinds_of(event) == ["association", "company"]
    assert kinds_met_by(event, "association") == {"company"}
    assert kinds_met_by(event, "company") == {"association"}
    assert kinds_met_by(event, "school") == set()


def test_kinds_meet_as_the_rules_say_either_way_round(make: Factory) -> None:
    event = make.event(rules={"may_meet": [["company", "company"], ["school", "company"]]})
    assert kinds_of(event) == ["company", "school"]
    assert kinds_met_by(event, "company") == {"company", "school"}
    assert kinds_met_by(event, "school") == {"company"}
