"""A mail's words once, as text and as parts."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from jinja2 import DictLoader

from web.domain.mail.letter import Letter, letter

ADDRESS = "https://passerelle.example/p/x/"

Say = Callable[..., Letter]


@pytest.fixture
def said(app: Flask) -> Iterator[Say]:
    """What a template of this text says, with values."""
    former = app.jinja_env.loader

    def say(template: str, **values: object) -> Letter:
        app.jinja_env.loader = DictLoader({"mail/tried.txt": template})
        app.jinja_env.cache.clear()
        return letter("mail/tried.txt", **values)

    with app.test_request_context():
        yield say
    app.jinja_env.loader = former
    app.jinja_env.cache.clear()


def test_words_are_paragraphs_parted_by_blank_lines(said: Say) -> None:
    one = said("Hello,\n\nFirst line.\nSecond line.\n \n\n{{ more }}\n", more="A.\n\nB.")
    assert one.text == "Hello,\n\nFirst line.\nSecond line.\n \n\nA.\n\nB."
    assert [part["values"]["lines"] for part in one.parts] == [
        ["Hello,"],
        ["First line.", "Second line."],
        ["A."],
        ["B."],
    ]


def test_button_is_its_address_in_the_text(said: Say) -> None:
    one = said('Here:\n{{ action("Open <it>", address) }}\n\nOr:\n{{ link("Other", address) }}', address=ADDRESS)
    assert one.text == f"Here:\n{ADDRESS}\n\nOr:\n{ADDRESS}"
    assert one.parts[1] == {"code": "action", "values": {"label": "Open <it>", "address": ADDRESS}}
    assert [part["code"] for part in one.parts] == ["words", "action", "words", "link"]


def test_button_whose_label_says_it_all_is_a_line_of_the_text(said: Say) -> None:
    one = said('{{ action("Open", address, said=true) }}', address=ADDRESS)
    assert one.text == f"Open\u00a0:\n{ADDRESS}"
    assert one.parts == [{"code": "action", "values": {"label": "Open", "address": ADDRESS}}]


def test_meeting_is_a_line_of_the_text_and_a_row(said: Say) -> None:
    one = said('{{ heading("Now:") }}\n{{ meeting("", "14:00–14:06", "Lys", "Table 1", "(before: 3)", "", "alone") }}')
    assert one.text == "Now:\n- 14:00–14:06 : Lys (Table 1) (before: 3) – alone".replace(" :", "\u00a0:")
    values = {"day": "", "time": "14:00–14:06", "partner": "Lys", "place": "Table 1", "notes": ["(before: 3)", "alone"]}
    assert one.parts[1] == {"code": "meeting", "values": values}


def test_nothing_that_is_typed_becomes_a_button(said: Say) -> None:
    one = said('{{ typed }}\n{{ note("x") }}', typed="\x020:0\x03 {{ action('a', 'b') }}")
    assert [part["code"] for part in one.parts] == ["words", "note"]
    assert one.parts[0]["values"]["lines"] == ["\x020:0\x03 {{ action('a', 'b') }}"]


@pytest.mark.parametrize(
    "template",
    ["Here {{ action('x', address) }}", "{{ action('x', address) }}.", "{{ action('x', 'javascript:alert(1)') }}"],
)
def test_button_among_words_or_to_no_page_is_refused(said: Say, template: str) -> None:
    with pytest.raises(ValueError, match=r"button|address"):
        said(template, address=ADDRESS)


def test_letters_are_joined_by_a_blank_line() -> None:
    assert Letter("a\n\n\n", [{"a": 1}]) + Letter("\nb", [{"b": 1}]) == Letter("a\n\nb", [{"a": 1}, {"b": 1}])
