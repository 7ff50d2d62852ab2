"""Explanations, stages and tiers: every code that may come has words of its own in both languages."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from scheduler.check.tiers import TIERS
from scheduler.explaining.obstacles import ReasonKind
from scheduler.explaining.standing import HindranceKind
from scheduler.wording.explanations_english import English
from scheduler.wording.explanations_french import French
from scheduler.wording.stages import STAGES, stage_words
from scheduler.wording.tiers import tier_name
from tests.scheduler.builders import event, people

SCHEDULER = Path(__file__).resolve().parents[3] / "scheduler"


@pytest.mark.parametrize("kind", get_args(ReasonKind))
def test_every_reason_has_a_sentence_of_its_own_in_both_languages(kind: str):
    assert kind in vars(English) and kind in vars(French)


@pytest.mark.parametrize("kind", get_args(HindranceKind))
def test_every_hindrance_has_a_sentence_of_its_own_in_both_languages(kind: str):
    assert f"hindered_{kind}" in vars(English) and f"hindered_{kind}" in vars(French)


def test_every_stage_that_is_told_has_words():
    told = {
        node.args[0].value
        for path in SCHEDULER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "tell"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(told) > 10
    assert told - STAGES.keys() == set()


@pytest.mark.parametrize("stage", STAGES)
def test_stage_has_words_in_both_languages(stage: str):
    assert stage_words(stage, "en") != stage_words(stage, "fr")


@pytest.mark.parametrize("tier", ["disruptions", *TIERS])
def test_tier_has_a_name_in_both_languages(tier: str):
    assert "_" not in tier_name(tier, "en")
    assert tier_name(tier, "fr") != tier


@pytest.mark.parametrize("words", [English, French])
def test_a_name_from_right_to_left_turns_nothing_around_that_stands_beside_it(words: type[English]):
    of = words(event(participants=people("a1", "c1", a1={"name": "جمعية الأمل"}, c1={"name": "Nord"})))
    assert (of.name("a1"), of.name("c1")) == ("\u2068جمعية الأمل\u2069", "Nord")
