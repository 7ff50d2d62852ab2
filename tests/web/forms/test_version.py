"""From which version a form was filled in."""

import pytest

from web.forms.version import NEVER, version_in


@pytest.mark.parametrize(("sent", "read"), [("7", 7), (7, 7), ("0", 0), ("4294967295", 4294967295)])
def test_version_is_read_as_the_page_wrote_it(sent: object, read: int) -> None:
    assert version_in(sent) == read


@pytest.mark.parametrize("sent", [None, "", "-1", "1.0", " 7", "٧", "²", "seven", "9" * 5000])
def test_what_no_page_wrote_is_a_version_that_never_was(sent: object) -> None:
    assert version_in(sent) == NEVER
