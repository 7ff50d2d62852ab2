"""Who is one person in the room, as an organiser types it."""

from time import process_time

import pytest

from web.domain.errors import Faults
from web.domain.event.persons import Somebody, read_groups

PEOPLE = [Somebody(f"a{number}", f"Les voisins {number}") for number in range(1_000)]


def test_groups_are_read_by_names_and_keys() -> None:
    assert read_groups("Les voisins 1; a2\n\nles voisins 3;a4;a5", PEOPLE) == [["a1", "a2"], ["a3", "a4", "a5"]]


@pytest.mark.parametrize("text", ["Les voisines 1;" * 30_000, "x\n" * 200_000, "a1;a2\n" * 70_000, "a1;" * 150_000])
def test_text_without_end_is_told_in_a_few_sentences_at_once(text: str) -> None:
    began = process_time()
    with pytest.raises(Faults) as told:
        read_groups(text, PEOPLE)
    assert 1 <= len(told.value.faults) <= 21
    # Seconds of this process: it was hours.
    assert process_time() - began < 10
