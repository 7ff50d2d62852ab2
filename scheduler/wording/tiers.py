"""The tiers in one line, in French and English."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.format.schedule import Tier

_FRENCH = {
    "disruptions": "perturbations",
    "shortfall": "rendez-vous manquants",
    "value": "valeur",
    "breaks": "attentes",
    "idle_slots": "créneaux vides",
    "table_moves": "changements de table",
}
_STATUS = {"optimal": "optimal", "feasible": "réalisable"}


def tiers_line(tiers: Iterable[Tier], language: str) -> str:
    """Return the tiers in one line: ``=`` marks what is proven best, the bound stands in brackets elsewhere."""
    parts = []
    for tier in tiers:
        limit = "" if tier.bound is None else " =" if tier.proven else f" [{tier.bound}]"
        parts.append(f"{tier_name(tier.name, language)} {tier.value}{limit}")
    return " · ".join(parts)


def tier_name(name: str, language: str) -> str:
    """Return what a tier is called in ``language`` (``fr`` or ``en``)."""
    return _FRENCH.get(name, name) if language == "fr" else name.replace("_", " ")


def status_name(status: str, language: str) -> str:
    """Return what a schedule's status is called in ``language``."""
    return _STATUS.get(status, status) if language == "fr" else status
