"""Annealing over Kempe chains where nobody has more than one delegate: a chain is then a path or a cycle.

Swapping a path changes when its two ends are busy, and nobody else's; so a proposal walks the path once and weighs two
participants, and only what is accepted is moved: some millions of proposals a second. Cycles change nobody's slots but
open other ways; one proposal in sixteen may be one. Where tables or facilitators would overflow, a second path of the
opposite imbalance between the same slots is swapped with the first.
"""

from __future__ import annotations

import numpy as np

from scheduler.breaks.chains.bits import (
    BREAK_COST,
    EXCESS_COST,
    below,
    body,
    compiled,
    count,
    gaps,
    has_room,
    inlined,
    length,
    note,
    nth_bit,
    ones,
    too_long,
)

# Accepting needs one comparison: the chances of each loss up to this one are kept, larger ones are never taken.
_LARGEST_LOSS = 128
_SURE = 0x40000000
_COOLING_STEPS = 256
_TRIES = 8
# Kinds of moves, by the number drawn of so many: any chain at 0, into the waiting time of somebody with a break below
# the second, and from the third on into a slot next to its own. Of each four, three take an end of the agenda.
_KINDS, _WAITING_BELOW, _BESIDE_FROM, _ENDS = 16, 9, 12, 3
_NOTHING = -1


@compiled
def _walk(u, p, s, t, ends, at, chain, length):  # type: ignore[no-untyped-def]
    """Append to ``chain`` the path that goes on from ``u`` away from its participant ``p``; return its length and end.

    The end is -1 where the path comes back to ``u``: a cycle.
    """
    chain[length] = u
    length += 1
    v = u
    while True:
        q = np.int64(ends[v, 0]) + ends[v, 1] - p
        here, there = np.int64(at[q, s]), np.int64(at[q, t])
        w = there if here == v else here
        if w < 0:
            return length, q
        if w == u:
            return length, -1
        chain[length] = w
        length += 1
        p, v = q, w


@compiled
def _component(u, s, t, ends, at, chain, length):  # type: ignore[no-untyped-def]
    """Append the whole path or cycle through ``u``; return the new length and both ends (-1: cycle)."""
    length, one = _walk(u, ends[u, 0], s, t, ends, at, chain, length)
    if one < 0:
        return length, -1, -1
    twice = length
    length, other = _walk(u, ends[u, 1], s, t, ends, at, chain, length)
    # ``u`` begins both halves: the last entry takes its second place.
    length -= 1
    chain[twice] = chain[length]
    return length, one, other


@compiled
def _loss(p, s, t, busy, days, most):  # type: ignore[no-untyped-def]
    """Return what is lost in breaks, idle slots and excess when ``p`` is busy in the other of ``s`` and ``t``."""
    old = busy[p]
    new = old ^ (np.int64(1) << s) ^ (np.int64(1) << t)
    breaks, idle = count(old, days)
    breaks_then, idle_then = count(new, days)
    return breaks_then - breaks, idle_then - idle, max(0, breaks_then - most) - max(0, breaks - most)


@compiled
def _rests(p, s, t, busy, ring, joins, in_a_row):  # type: ignore[no-untyped-def]
    """Return whether ``p`` still has its pauses when it is busy in the other of ``s`` and ``t``."""
    if not joins:
        return True
    moved = body(p, busy, ring) ^ (np.int64(1) << s) ^ (np.int64(1) << t)
    return not too_long(moved, joins, in_a_row)


@compiled
def _suits(chain, start, end, s, t, slot, allowed, uses, shift):  # type: ignore[no-untyped-def]
    """Return whether all of that part of ``chain`` may change slots, ``shift`` [R] grown by what t gains."""
    for k in range(start, end):
        v = chain[k]
        if not allowed[v, t if slot[v] == s else s]:
            return False
    for r in range(len(shift)):
        for k in range(start, end):
            v = chain[k]
            if uses[v, r]:
                shift[r] += 1 if slot[v] == s else -1
    return True


@compiled
def _swap(chain, length, s, t, slot, ends, at, busy, members, place):  # type: ignore[no-untyped-def]
    """Let all of ``chain`` change between ``s`` and ``t``; swapping again undoes it."""
    for k in range(length):
        v = chain[k]
        for e in range(2):
            p = ends[v, e]
            at[p, s] = -1
            at[p, t] = -1
            busy[p] &= ~((np.int64(1) << s) | (np.int64(1) << t))
    for k in range(length):
        v = chain[k]
        old = slot[v]
        last = members[old, members[old, 0]]
        members[old, place[v]] = last
        place[last] = place[v]
        members[old, 0] -= 1
        slot[v] = t if old == s else s
    for k in range(length):
        v = chain[k]
        new = slot[v]
        members[new, 0] += 1
        members[new, members[new, 0]] = v
        place[v] = members[new, 0]
    # Participants keep meetings of other slots; those of these two belong to the chain as a whole.
    for k in range(length):
        v = chain[k]
        for e in range(2):
            p = ends[v, e]
            at[p, slot[v]] = v
            busy[p] |= np.int64(1) << slot[v]


@compiled
def _ordered(chain, length, slot, before_start, before, beyond_start, beyond):  # type: ignore[no-untyped-def]
    for k in range(length):
        v = chain[k]
        for j in range(before_start[v], before_start[v + 1]):
            if slot[before[j]] >= slot[v]:
                return False
        for j in range(beyond_start[v], beyond_start[v + 1]):
            if slot[beyond[j]] <= slot[v]:
                return False
    return True


@compiled
def _chances(chances, temperature):  # type: ignore[no-untyped-def]
    """Fill ``chances`` with how often each loss is taken at ``temperature``, of ``_SURE``."""
    for loss in range(_LARGEST_LOSS):
        chances[loss] = np.int64(_SURE * np.exp(-loss / temperature))


@inlined
def _taken(loss, limit, chances):  # type: ignore[no-untyped-def]
    """Return whether ``loss`` is taken where ``limit`` was drawn (Metropolis)."""
    return loss <= 0 or (loss < _LARGEST_LOSS and limit < chances[loss])


@inlined
def _losses(one, other, s, t, busy, days, most):  # type: ignore[no-untyped-def]
    """Return what two participants together lose in breaks, idle slots and excess."""
    breaks, idle, excess = _loss(one, s, t, busy, days, most)
    more = _loss(other, s, t, busy, days, most)
    return breaks + more[0], idle + more[1], excess + more[2]


@inlined
def _weight(breaks, idle, excess, idle_cost):  # type: ignore[no-untyped-def]
    return BREAK_COST * breaks + idle_cost * idle + EXCESS_COST * excess


@inlined
def _both_rest(one, other, s, t, busy, ring, joins, in_a_row):  # type: ignore[no-untyped-def]
    return _rests(one, s, t, busy, ring, joins, in_a_row) and _rests(other, s, t, busy, ring, joins, in_a_row)


@inlined
def _any_chain(state, slot, S):  # type: ignore[no-untyped-def]
    """Draw a meeting and a slot; return it with its own slot and that one, ``_NOTHING`` where they are the same."""
    u = below(state, len(slot))
    s, t = slot[u], below(state, S)
    return (u if s != t else _NOTHING), s, t


@inlined
def _path(kind, state, broken, number, busy, days, every, ends, at):  # type: ignore[no-untyped-def]
    """Draw a participant, one of its meetings and a slot in which it is free; ``_NOTHING`` where there is none.

    Returns the meeting, the participant, and both slots.
    """
    if kind < _WAITING_BELOW and number > 0:
        p = broken[below(state, number)]
        free = gaps(busy[p], days)
    else:
        p = ends[below(state, len(ends)), below(state, 2)]
        free = every & ~busy[p]
        if kind >= _BESIDE_FROM:
            # The slots next to its own, so that its window moves on.
            free &= (busy[p] << 1) | (busy[p] >> 1)
    if not free:
        return _NOTHING, p, 0, 0
    t = nth_bit(free, below(state, ones(free)))
    if kind & _ENDS:
        # The first or the last of its meetings leaves no gap behind.
        s = length(busy[p]) - 1 if below(state, 2) else length(busy[p] & -busy[p]) - 1
    else:
        s = nth_bit(busy[p], below(state, ones(busy[p])))
    return at[p, s], p, s, t


@inlined
def _known(v, chain, size):  # type: ignore[no-untyped-def]
    for k in range(size):  # noqa: SIM110 (the compiler knows no generators)
        if chain[k] == v:
            return True
    return False


@inlined
def _with_second(  # type: ignore[no-untyped-def]
    size, s, t, state, slot, ends, at, allowed, uses, used, capacity, members, chain, shift, kept, four
):
    """Add to ``chain`` a second path between ``s`` and ``t`` that brings back what the first takes too much there.

    Found by a few tries. Returns the new length, ``_NOTHING`` where none was; ``shift`` and ``four`` go with it.
    """
    for _try in range(_TRIES):
        full = t if _try & 1 else s
        if not members[full, 0]:
            continue
        v = members[full, 1 + below(state, members[full, 0])]
        if _known(v, chain, size):
            continue
        longer, four[2], four[3] = _component(v, s, t, ends, at, chain, size)
        kept[:] = shift
        if _suits(chain, size, longer, s, t, slot, allowed, uses, shift) and has_room(s, t, used, capacity, shift):
            return longer
        shift[:] = kept
    return _NOTHING


@inlined
def _paused(four, busy, ring, joins, in_a_row):  # type: ignore[no-untyped-def]
    """Return whether those of ``four``, and whoever is the same person, have their pauses as they now stand."""
    for k in range(4):  # noqa: SIM110 (the compiler knows no generators)
        if four[k] >= 0 and too_long(body(four[k], busy, ring), joins, in_a_row):
            return False
    return True


@compiled
def anneal(  # type: ignore[no-untyped-def]
    slot,
    ends,
    allowed,
    uses,
    capacity,
    delegates,
    days,
    most,
    before_start,
    before,
    beyond_start,
    beyond,
    ring,
    joins,
    in_a_row,
    idle_cost,
    state,
    moves,
    hot,
    cold,
):
    """Anneal ``slot`` as ``kempe.anneal`` does, ``delegates`` all being 1.

    Returns the best slots met, their breaks and idle slots. Cost: O(length of the path) a proposal.
    """
    U, S = allowed.shape
    P = len(delegates)
    R = uses.shape[1]
    at = np.full((P, S), -1, dtype=np.int32)
    busy = np.zeros(P, dtype=np.int64)
    used = np.zeros((R, S), dtype=np.int64)
    # Row s: how many units the slot holds, then these; ``place`` says where in the row each stands.
    members = np.zeros((S, P // 2 + 1), dtype=np.int32)
    place = np.zeros(U, dtype=np.int32)
    ends = ends.astype(np.int32)
    for v in range(U):
        s = slot[v]
        for e in range(2):
            at[ends[v, e], s] = v
            busy[ends[v, e]] |= np.int64(1) << s
        for r in range(R):
            if uses[v, r]:
                used[r, s] += 1
        members[s, 0] += 1
        members[s, members[s, 0]] = v
        place[v] = members[s, 0]
    breaks, idle, excess = 0, 0, 0
    broken = np.empty(P, dtype=np.int64)
    where = np.full(P, -1, dtype=np.int64)
    number = 0
    every = np.int64(0)
    for mask in days:
        every |= mask
    for p in range(P):
        one, other = count(busy[p], days)
        breaks += one
        idle += other
        excess += max(0, one - most)
        number = note(p, busy, days, broken, where, number)
    best = slot.copy()
    best_breaks, best_idle = (U * S, U * S) if excess else (breaks, idle)
    is_best = False
    has_order = len(before) > 0
    grouped = False
    for p in range(P):
        grouped |= ring[p] != p
    chain = np.empty(2 * U + 2, dtype=np.int64)
    shift = np.zeros(R, dtype=np.int64)
    kept = np.zeros(R, dtype=np.int64)
    four = np.empty(4, dtype=np.int64)
    chances = np.empty(_LARGEST_LOSS, dtype=np.int64)
    # Of those who are one person pauses are looked at once all has moved: others of them may move as well.
    pauses = joins and not grouped
    decay = (cold / hot) ** (1.0 / _COOLING_STEPS)
    temperature = hot
    period = moves // _COOLING_STEPS + 1
    for move in range(moves):
        if move % period == 0:
            _chances(chances, temperature)
            temperature *= decay
        kind = below(state, _KINDS)
        limit = below(state, _SURE)
        own_breaks, own_idle, own_excess = 0, 0, 0
        four[1] = four[2] = four[3] = _NOTHING
        if kind == 0:
            u, s, t = _any_chain(state, slot, S)
            if u == _NOTHING:
                continue
            size, four[0], four[1] = _component(u, s, t, ends, at, chain, 0)
        else:
            u, p, s, t = _path(kind, state, broken, number, busy, days, every, ends, at)
            if u == _NOTHING or not allowed[u, t]:
                continue
            four[0] = p
            own_breaks, own_idle, own_excess = _loss(p, s, t, busy, days, most)
            if not _taken(_weight(own_breaks, own_idle, own_excess, idle_cost), limit, chances):
                # The other end seldom makes up for it: a seventh more proposals, of which as many are good (measured).
                continue
            size, four[1] = _walk(u, p, s, t, ends, at, chain, 0)
        lost_breaks, lost_idle, lost_excess = 0, 0, 0
        rested = True
        if four[1] >= 0:
            if kind == 0:
                own_breaks, own_idle, own_excess = _loss(four[0], s, t, busy, days, most)
            more = _loss(four[1], s, t, busy, days, most)
            lost_breaks, lost_idle, lost_excess = own_breaks + more[0], own_idle + more[1], own_excess + more[2]
            rested = not pauses or _both_rest(four[0], four[1], s, t, busy, ring, joins, in_a_row)
        loss = _weight(lost_breaks, lost_idle, lost_excess, idle_cost)
        if not rested or not _taken(loss, limit, chances):
            continue
        for r in range(R):
            shift[r] = 0
        if not _suits(chain, 0, size, s, t, slot, allowed, uses, shift):
            continue
        if not has_room(s, t, used, capacity, shift):
            size = _with_second(
                size, s, t, state, slot, ends, at, allowed, uses, used, capacity, members, chain, shift, kept, four
            )
            if size == _NOTHING:
                continue
            if four[3] >= 0:
                more = _losses(four[2], four[3], s, t, busy, days, most)
                lost_breaks, lost_idle, lost_excess = lost_breaks + more[0], lost_idle + more[1], lost_excess + more[2]
                rested = not pauses or _both_rest(four[2], four[3], s, t, busy, ring, joins, in_a_row)
                loss = _weight(lost_breaks, lost_idle, lost_excess, idle_cost)
            if not rested or not _taken(loss, limit, chances):
                continue
        if is_best and (loss > 0 or lost_breaks > 0 or lost_excess > 0):
            # Only what is left need be remembered.
            best[:] = slot
            is_best = False
        _swap(chain, size, s, t, slot, ends, at, busy, members, place)
        legal = not has_order or _ordered(chain, size, slot, before_start, before, beyond_start, beyond)
        if grouped and joins:
            legal = legal and _paused(four, busy, ring, joins, in_a_row)
        if not legal:
            _swap(chain, size, s, t, slot, ends, at, busy, members, place)
            continue
        breaks += lost_breaks
        idle += lost_idle
        excess += lost_excess
        for r in range(R):
            used[r, t] += shift[r]
            used[r, s] -= shift[r]
        for k in range(4):
            if four[k] >= 0:
                number = note(four[k], busy, days, broken, where, number)
        if excess == 0 and (breaks < best_breaks or (breaks == best_breaks and idle < best_idle)):
            best_breaks, best_idle = breaks, idle
            is_best = True
            if breaks == 0:
                break
    if is_best:
        best[:] = slot
    return best, best_breaks, best_idle
