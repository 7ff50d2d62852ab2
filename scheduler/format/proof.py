"""Why a bound holds, as a schedule file says it: what ``verify --proof`` evaluates again, or has to believe.

Rows are named by ids of the file alone; ``DualsProof`` says how a bound follows from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag

from scheduler.format.faults import Id, ListOf, Value

# Slots or tables by id; null stands for all of them, which for a large event keeps a row readable.
Some = ListOf[Id] | None


def _row(names: str, holds: str) -> Any:
    """Return the description of a family of rows: how it is written, and what always holds."""
    return Field(description=f"{names}: {holds}")


TurnsRow = Annotated[
    tuple[Literal["turns"], Id],
    Strict(False),
    _row('["turns", participant]', "its turns less its meetings are at most 0: nobody earns for more than it holds."),
]
MeetingsRow = Annotated[
    tuple[Literal["meetings"], Id],
    Strict(False),
    _row('["meetings", participant]', "its meetings less its turns are at most 0: nobody holds more than it can."),
]
SlotsRow = Annotated[
    tuple[Literal["slots"], Id, Some],
    Strict(False),
    _row(
        '["slots", participant, slots]',
        "its meetings that can only be held in these slots (both are there, the slot, the session, a facilitator) "
        "are at most delegates x those of the slots in which it is there, pauses left out (max_in_a_row).",
    ),
]
PersonRow = Annotated[
    tuple[Literal["person"], Id, Some],
    Strict(False),
    _row(
        '["person", participant, slots]',
        "meetings of those who are one person with this participant (same_person) that can only be held in these "
        "slots are at most one in each of the slots, pauses left out.",
    ),
]
TablesRow = Annotated[
    tuple[Literal["tables"], Some, Some],
    Strict(False),
    _row(
        '["tables", tables, slots]',
        "on-site meetings that can only be held at these tables (home tables, required features) and only in these "
        "slots are at most tables x slots.",
    ),
]
FacilitatorsRow = Annotated[
    tuple[Literal["facilitators"], Some],
    Strict(False),
    _row(
        '["facilitators", slots]',
        "meetings that take a facilitator and can only be held in these slots are at most the free facilitators of "
        "these slots, added up.",
    ),
]
PresentRow = Annotated[
    tuple[Literal["present"], Some],
    Strict(False),
    _row(
        '["present", slots]',
        "meetings that can only be held in these slots are at most half of those present, delegates counted, rounded "
        "down in each slot and added up.",
    ),
]
ShortfallRow = Annotated[
    tuple[Literal["shortfall"]],
    Strict(False),
    _row(
        '["shortfall"]',
        "in tier value only: the turns that avoid shortfall, taken negatively, are at most the shortfall shown less "
        "the sum of min_meetings: no more is left over than the schedule says.",
    ),
]

_ROWS = {
    "turns": TurnsRow,
    "meetings": MeetingsRow,
    "slots": SlotsRow,
    "person": PersonRow,
    "tables": TablesRow,
    "facilitators": FacilitatorsRow,
    "present": PresentRow,
    "shortfall": ShortfallRow,
}


def _family(row: Any) -> str | None:
    return row[0] if isinstance(row, list | tuple) and row and isinstance(row[0], str) and row[0] in _ROWS else None


Row = Annotated[
    Annotated[TurnsRow, Tag("turns")]
    | Annotated[MeetingsRow, Tag("meetings")]
    | Annotated[SlotsRow, Tag("slots")]
    | Annotated[PersonRow, Tag("person")]
    | Annotated[TablesRow, Tag("tables")]
    | Annotated[FacilitatorsRow, Tag("facilitators")]
    | Annotated[PresentRow, Tag("present")]
    | Annotated[ShortfallRow, Tag("shortfall")],
    Discriminator(
        _family,
        custom_error_type="row",
        custom_error_message=f"a row: a list that begins with one of {', '.join(_ROWS)}",
    ),
]
Weight = Annotated[int, Field(ge=0)]
Weighted = Annotated[tuple[Row, Weight], Strict(False)]


# Far beyond what any price need be, and sums of it stay quick to add.
LARGEST_PRICE = 2**62


class ZeroProof(Value):
    """The bound is 0, below which nothing can be."""

    by: Literal["zero"] = "zero"


class DualsProof(Value):
    """Weights of rows that every schedule respects, so that sums of them hold as well. What the rows count:

    - pairs: each meeting that may be held, 0 or 1; a pair required several times counts once for each entry of the
      file, and a required one counts as held;
    - turns: the first, second, ... meeting of each participant, as many as it can hold (``max_meetings``, and
      ``delegates`` in each slot in which it is there, pauses left out where ``max_in_a_row`` asks for them, counting no
      more delegates than participants), 0 or 1 each. The k-th turn earns ``coverage[k-1]``, and one of the first
      ``min_meetings`` avoids one of shortfall.

    With weights y of the rows and the denominator D whatever is held earns at most

        (sum of y x limit + sum over pairs and turns of what each can still earn) / D, rounded down,

    where a pair or turn can still earn D x its points less y x its coefficient in each row, if that is positive; a
    required pair earns it in any case. In tier ``value`` a pair has its score as points and a turn its coverage, and
    the bound holds for schedules of the shortfall shown. In tier ``shortfall`` a turn that avoids shortfall has one
    point and nothing else has any: the bound is the sum of ``min_meetings`` less what can be avoided.
    """

    by: Literal["duals"] = "duals"
    denominator: Annotated[int, Field(ge=1, description="D: every weight counts as weight / D")]
    rows: Annotated[ListOf[Weighted], Field(description="[row, weight]")]


Price = Annotated[int, Field(ge=-LARGEST_PRICE, le=LARGEST_PRICE)]
PriceUp = Annotated[int, Field(ge=0, le=LARGEST_PRICE)]


class SlotPrices(Value):
    """What a meeting costs each of these participants in each slot of the event, in the order of the file."""

    participants: ListOf[Id]
    slots: ListOf[Price]


class PatternsProof(Value):
    """Prices of meetings for those who hold them: whoever is busy pays, whatever is held pays it back.

    A pattern says how many meetings a participant has in each slot. At these prices, all of them times D, it costs

        D for each break (tier ``breaks``), or D for each idle slot and ``breaks`` for each break (``idle_slots``),
        + the price of the slot, and what ``meetings`` says of the participant, for each meeting
        + ``shortfall`` for each meeting below ``min_meetings`` - ``value`` for each point of coverage earned.

    A pair held in a slot pays the ``tables`` of the slot (where it takes a table), less what the slot and ``meetings``
    cost its two participants, less ``value`` for each point of its score. Then D times the breaks, or idle slots, of
    every schedule of the tiers shown is at least

        the cheapest pattern of each participant, added up
        + the least that each pair pays, in whichever of its slots: a settled one always, another only if that is < 0
        - ``tables`` of each slot x tables of the event
        + ``value`` x value shown - ``shortfall`` x shortfall shown - ``breaks`` x breaks shown

    and the bound is that over D, rounded up. ``settled`` are weights as of a proof by duals for tier ``value``: a pair
    that, held or left out, would with them bring the value below what is shown, is settled as left out or held;
    required ones are held in any case, and all others may go either way. A pattern keeps to what follows from that:

    - as many meetings as settled ones are held at least, no more than may be held, nor than duals say of turns;
    - in a slot no more than delegates, nor than pairs that can be held in it; those that can be held in no other at
      least;
    - by each slot at least the settled ones that can be held in no later one, and what finds no room any more
      afterwards; and not yet those that can be held in no earlier one;
    - no more slots in a row than ``max_in_a_row``.
    """

    by: Literal["patterns"] = "patterns"
    denominator: Annotated[int, Field(ge=1, le=LARGEST_PRICE)]
    prices: Annotated[ListOf[SlotPrices], Field(description="Who is in none of them has prices of 0.")]
    meetings: Annotated[
        ListOf[Annotated[tuple[Id, Price], Strict(False)]],
        Field(description="[participant, what each of its meetings costs it more, whatever the slot]"),
    ] = ()
    tables: Annotated[ListOf[PriceUp], Field(description="One for each slot of the event, or none.")] = ()
    value: Price = 0
    shortfall: Price = 0
    breaks: Annotated[PriceUp | None, Field(description="In tier idle_slots only.")] = None
    settled: DualsProof | None = None


class SearchProof(Value):
    """An exhaustive search ended; it is believed, not repeated."""

    by: Literal["search"] = "search"
    solver: Annotated[str, Field(min_length=1, max_length=200)]


Proof = Annotated[ZeroProof | DualsProof | PatternsProof | SearchProof, Field(discriminator="by")]
