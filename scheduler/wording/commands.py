"""The lines of commands, in English and French, by code."""

from __future__ import annotations

WORDS = {
    "interrupted": ("interrupted", "interrompu"),
    "warning": ("warning: {warning}", "attention\u00a0: {warning}"),
    "fault": ("{path}: {fault}", "{path}\u00a0: {fault}"),
    "impossible": (
        "no schedule respects all requirements; these cannot hold together:",
        "aucun planning ne respecte toutes les exigences\u00a0; celles-ci ne peuvent tenir ensemble\u00a0:",
    ),
    "keeps_best": ("Ctrl-C keeps the best so far", "Ctrl-C garde le meilleur"),
    "keeps_best_at_most": (
        "Ctrl-C keeps the best so far, at most {limit:g} s",
        "Ctrl-C garde le meilleur, {limit:g} s au plus",
    ),
    "progress": ("{stage}: {tiers}", "{stage}\u00a0: {tiers}"),
    "outcome": ("{status}: {tiers} ({seconds} s)", "{status}\u00a0: {tiers} ({seconds} s)"),
    "outcome_told": (
        "{status}: {tiers} · {count} to be told ({seconds} s)",
        "{status}\u00a0: {tiers} · {count} à prévenir ({seconds} s)",
    ),
}
_POINT = (".", ",")


def in_words(code: str, language: str, /, **values: object) -> str:
    """Return the line ``code`` with ``values`` in ``language`` (``fr`` or ``en``)."""
    return WORDS[code][language == "fr"].format(**values)


def decimal(number: float, digits: int, language: str) -> str:
    """Return ``number`` with so many ``digits`` behind the point, which is a comma in French."""
    return f"{number:.{digits}f}".replace(".", _POINT[language == "fr"])
