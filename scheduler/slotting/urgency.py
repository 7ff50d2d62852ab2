"""How urgent a meeting is, and the matching of one slot that holds the most urgent ones.

Both slottings grow by such matchings, slot after slot: ``matching`` that of a whole event, in an order and with a gain
by which agendas become windows, and ``construction`` that of new meetings beside those that stay. What is urgent, and
what one slot can hold of it, is the same for both; which places are open is not, and each counts its own.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.problem.problem import BoolArray, IntArray

# A pressure: this much where there are as many meetings to hold as places for them.
SCALE = 1000


def urgency(waiting: IntArray, room: IntArray, ends: tuple[IntArray, IntArray], places: IntArray) -> IntArray:
    """Return how urgent meetings are [n]: what is still to hold over what is still open, for all that they need.

    ``waiting`` and ``room`` int [P]: the meetings that each participant still waits for, and the places it has for
    them; ``ends`` int [n] each: the two of each meeting; ``places`` int [n]: the slots that are open to it.
    """
    pressure = waiting * SCALE // np.maximum(room, 1)
    own = SCALE // np.maximum(places, 1)
    # Squares: one participant who must meet now outweighs several who could as well meet later. The 1 is for meetings
    # that nothing presses: they are held all the same where there is room.
    return np.asarray(pressure[ends[0]] ** 2 + pressure[ends[1]] ** 2 + own**2 + 1, dtype=np.int64)


def most_urgent(
    left: IntArray, right: IntArray, urgency: IntArray, seats: IntArray, scarce: BoolArray, room: int
) -> IntArray:
    """Return, ascending, the positions of a matching of greatest urgency in one slot.

    Each position joins somebody ``left`` with somebody ``right``, who hold at most ``seats`` [P] meetings each; of the
    ``scarce`` ones at most ``room`` find a place. Those whose meetings are scarce without exception pass a gate as wide
    as that room; where others bring too many, the least urgent are dropped afterwards.
    Cost: a minimum-cost flow of one arc a position.
    """
    P, n = len(seats), len(urgency)
    source, sink, gate = P, P + 1, P + 2
    lefts, rights = np.unique(left), np.unique(right)
    gated = ~np.isin(lefts, left[~scarce])
    flow = min_cost_flow.SimpleMinCostFlow()
    tails = np.concatenate([np.where(gated, gate, source), rights, left, [source, source]])
    heads = np.concatenate([lefts, np.full(len(rights), sink), right, [sink, gate]])
    at_most = np.concatenate([seats[lefts], seats[rights], np.ones(n, dtype=np.int64), [n, room]])
    costs = np.concatenate([np.zeros(len(lefts) + len(rights), dtype=np.int64), -urgency, [0, 0]])
    flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), np.maximum(at_most, 0), costs
    )
    flow.set_node_supply(source, n)
    flow.set_node_supply(sink, -n)
    flow.solve()
    first = len(lefts) + len(rights)
    taken = np.flatnonzero(flow.flows(np.arange(first, first + n)) > 0)
    excess = taken[scarce[taken]]
    return np.setdiff1d(taken, excess[np.argsort(-urgency[excess], kind="stable")][max(room, 0) :])
