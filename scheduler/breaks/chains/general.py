"""Fewer breaks and idle slots by annealing over Kempe chains, compiled.

Swapping the two slots of all meetings in a connected component of the meetings of two slots (a Kempe chain, Kempe 1879)
keeps every participant within its delegates, so the selection and its value stay untouched; only when people meet
changes. Acceptance by simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983). Where a resource (tables,
facilitators) would overflow, a second chain of the opposite imbalance between the same slots is swapped with the first.
"""

from __future__ import annotations

import numpy as np

from scheduler.breaks.chains import paths as kempe_paths
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
    note,
    nth_bit,
    ones,
    random_state,
    too_long,
)

# How often a second chain is looked for.
_TRIES = 6


@compiled
def _grow(u, s, t, slot, ends, at, load, delegates, chain, mark, stamp):  # type: ignore[no-untyped-def]
    """Fill ``chain`` with all that must change between ``s`` and ``t`` when ``u`` does; return its length.

    A participant who would hold more meetings in a slot than it has delegates sends one of them the other way.
    """
    chain[0] = u
    mark[u] = stamp
    length = 1
    head = 0
    while head < length:
        v = chain[head]
        head += 1
        to = t if slot[v] == s else s
        for e in range(2):
            p = ends[v, e]
            over = load[p, to] - delegates[p] + 1
            # Meetings of this chain that p already sends away from ``to``, and others it already brings there.
            for w in range(load[p, to]):
                if mark[at[p, to, w]] == stamp:
                    over -= 1
            other = s if to == t else t
            for w in range(load[p, other]):
                x = at[p, other, w]
                if mark[x] == stamp and x != v:
                    over += 1
            w = 0
            while over > 0 and w < load[p, to]:
                x = at[p, to, w]
                if mark[x] != stamp:
                    mark[x] = stamp
                    chain[length] = x
                    length += 1
                    over -= 1
                w += 1
    return length


@compiled
def _move(v, to, slot, ends, at, load, busy):  # type: ignore[no-untyped-def]
    source = slot[v]
    for e in range(2):
        p = ends[v, e]
        for w in range(load[p, source]):
            if at[p, source, w] == v:
                at[p, source, w] = at[p, source, load[p, source] - 1]
                break
        load[p, source] -= 1
        if load[p, source] == 0:
            busy[p] &= ~(np.int64(1) << source)
    for e in range(2):
        p = ends[v, e]
        at[p, to, load[p, to]] = v
        load[p, to] += 1
        busy[p] |= np.int64(1) << to
    slot[v] = to


@compiled
def _ordered(v, slot, before_start, before, beyond_start, beyond):  # type: ignore[no-untyped-def]
    for k in range(before_start[v], before_start[v + 1]):
        if slot[before[k]] >= slot[v]:
            return False
    for k in range(beyond_start[v], beyond_start[v + 1]):  # noqa: SIM110 (the compiler knows no generators)
        if slot[beyond[k]] <= slot[v]:
            return False
    return True


@inlined
def _drawn(state, slot, allowed, at, load, busy, broken, number_broken, day_masks):  # type: ignore[no-untyped-def]
    """Draw a meeting and another slot for it; return it, its slot and that one.

    Half of all go where a break is: a meeting of somebody who waits, into the waiting time.
    """
    if number_broken and below(state, 2):
        p = broken[below(state, number_broken)]
        s = nth_bit(busy[p], below(state, ones(busy[p])))
        waiting = gaps(busy[p], day_masks)
        t = nth_bit(waiting, below(state, ones(waiting)))
        return at[p, s, below(state, load[p, s])], s, t
    u = below(state, len(slot))
    return u, slot[u], below(state, allowed.shape[1])


@compiled
def _shifted(chain, length, s, t, slot, uses, shift, sign):  # type: ignore[no-untyped-def]
    """Add to ``shift`` [R], ``sign`` times, what slot ``t`` gains of each resource when ``chain`` changes over."""
    for k in range(length):
        v = chain[k]
        for r in range(len(shift)):
            if uses[v, r]:
                shift[r] += sign if slot[v] == s else -sign


@compiled
def _allowed(chain, length, s, t, slot, allowed):  # type: ignore[no-untyped-def]
    for k in range(length):  # noqa: SIM110 (the compiler knows no generators)
        if not allowed[chain[k], t if slot[chain[k]] == s else s]:
            return False
    return True


@compiled
def _with_second(  # type: ignore[no-untyped-def]
    length,
    s,
    t,
    state,
    slot,
    ends,
    at,
    load,
    delegates,
    allowed,
    uses,
    used,
    capacity,
    chain,
    second,
    shift,
    mark,
    stamp,
):
    """Add to ``chain`` a second chain that brings back from the fuller slot what the first takes there.

    Found by a few tries. Returns the new length, -1 where none was; ``shift`` goes with it.
    """
    for _try in range(_TRIES):
        v = below(state, len(slot))
        if mark[v] == stamp or (slot[v] != s and slot[v] != t):
            continue
        extra = _grow(v, s, t, slot, ends, at, load, delegates, second, mark, stamp)
        _shifted(second, extra, s, t, slot, uses, shift, 1)
        if _allowed(second, extra, s, t, slot, allowed) and has_room(s, t, used, capacity, shift):
            chain[length : length + extra] = second[:extra]
            return length + extra
        for k in range(extra):
            mark[second[k]] = 0
        _shifted(second, extra, s, t, slot, uses, shift, -1)
    return -1


@compiled
def _touched(chain, length, ends, seen, stamp, touched):  # type: ignore[no-untyped-def]
    """Fill ``touched`` with those who hold a meeting of ``chain``, each once; return how many they are."""
    number = 0
    for k in range(length):
        for e in range(2):
            p = ends[chain[k], e]
            if seen[p] != stamp:
                seen[p] = stamp
                touched[number] = p
                number += 1
    return number


@compiled
def _counted(touched, number, busy, day_masks, most_breaks):  # type: ignore[no-untyped-def]
    """Return the breaks, idle slots and excess of those ``touched``."""
    breaks, idle, excess = 0, 0, 0
    for k in range(number):
        one, other = count(busy[touched[k]], day_masks)
        breaks += one
        idle += other
        excess += max(0, one - most_breaks)
    return breaks, idle, excess


@compiled
def _swap(chain, length, s, t, slot, ends, at, load, busy):  # type: ignore[no-untyped-def]
    """Let all of ``chain`` change between ``s`` and ``t``; swapping again undoes it."""
    for k in range(length):
        _move(chain[k], t if slot[chain[k]] == s else s, slot, ends, at, load, busy)


@compiled
def _legal(  # type: ignore[no-untyped-def]
    chain, length, touched, number, slot, busy, before_start, before, beyond_start, beyond, ring, joins, in_a_row
):
    """Return whether the order of meetings and the pauses of those ``touched`` are kept as things stand."""
    for k in range(length):
        if not _ordered(chain[k], slot, before_start, before, beyond_start, beyond):
            return False
    if joins:
        for k in range(number):
            if too_long(body(touched[k], busy, ring), joins, in_a_row):
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
    day_masks,
    most_breaks,
    before_start,
    before,
    beyond_start,
    beyond,
    ring,
    joins,
    in_a_row,
    idle_cost,
    seed,
    moves,
    hot,
    cold,
):
    """Anneal ``slot`` [U] (changed in place) for ``moves`` proposals from temperature ``hot`` down to ``cold``.

    ``ends`` [U, 2] participants, ``allowed`` [U, S], ``uses`` [U, R] and ``capacity`` [R, S] the shared resources,
    ``day_masks`` the slots of each day as bits, ``most_breaks`` what one participant may have; ``before`` and
    ``beyond`` (rows by ``_start``) the units that must be in earlier and later slots; ``ring`` [P] leads round the
    participants who are one person, of whose slots at most ``in_a_row`` are in a row, the bits of ``joins`` being those
    that follow the slot before (0: any number may be). ``seed`` uint64 [1] is the
    random state, carried on. Returns the best slots met, their breaks and idle slots.
    Cost: O(length of the chain x slots of one participant) a proposal.
    """
    U, S = allowed.shape
    P = len(delegates)
    R = uses.shape[1]
    # While a chain is swapped, those who come may be there before those who leave have left.
    at = np.full((P, S, 2 * delegates.max()), -1, dtype=np.int32)
    load = np.zeros((P, S), dtype=np.int32)
    busy = np.zeros(P, dtype=np.int64)
    used = np.zeros((R, S), dtype=np.int64)
    for v in range(U):
        s = slot[v]
        for e in range(2):
            p = ends[v, e]
            at[p, s, load[p, s]] = v
            load[p, s] += 1
            busy[p] |= np.int64(1) << s
        for r in range(R):
            if uses[v, r]:
                used[r, s] += 1
    breaks, idle, excess = 0, 0, 0
    for p in range(P):
        one, other = count(busy[p], day_masks)
        breaks += one
        idle += other
        excess += max(0, one - most_breaks)
    # Participants with a break, as a list with the place of each in it, so that one is picked or dropped at once.
    broken = np.empty(P, dtype=np.int32)
    place = np.full(P, -1, dtype=np.int32)
    number_broken = 0
    for p in range(P):
        number_broken = note(p, busy, day_masks, broken, place, number_broken)
    best = slot.copy()
    best_breaks, best_idle = breaks, idle
    if excess:
        best_breaks = U * S
    chain = np.empty(U, dtype=np.int32)
    second = np.empty(U, dtype=np.int32)
    touched = np.empty(2 * U, dtype=np.int32)
    mark = np.zeros(U, dtype=np.int64)
    seen = np.zeros(P, dtype=np.int64)
    shift = np.zeros(R, dtype=np.int64)
    stamp = 0
    decay = (cold / hot) ** (1.0 / max(1, moves))
    temperature = hot
    for _ in range(moves):
        temperature *= decay
        u, s, t = _drawn(seed, slot, allowed, at, load, busy, broken, number_broken, day_masks)
        if t == s or not allowed[u, t]:
            continue
        stamp += 1
        length = _grow(u, s, t, slot, ends, at, load, delegates, chain, mark, stamp)
        if not _allowed(chain, length, s, t, slot, allowed):
            continue
        for r in range(R):
            shift[r] = 0
        _shifted(chain, length, s, t, slot, uses, shift, 1)
        if not has_room(s, t, used, capacity, shift):
            length = _with_second(
                length, s, t, seed, slot, ends, at, load, delegates, allowed, uses, used, capacity, chain, second,
                shift, mark, stamp,
            )  # fmt: skip
            if length < 0:
                continue
        number = _touched(chain, length, ends, seen, stamp, touched)
        old_breaks, old_idle, old_excess = _counted(touched, number, busy, day_masks, most_breaks)
        _swap(chain, length, s, t, slot, ends, at, load, busy)
        legal = _legal(
            chain, length, touched, number, slot, busy, before_start, before, beyond_start, beyond, ring, joins,
            in_a_row,
        )  # fmt: skip
        new_breaks, new_idle, new_excess = _counted(touched, number, busy, day_masks, most_breaks)
        worse = BREAK_COST * (new_breaks - old_breaks) + idle_cost * (new_idle - old_idle)
        worse += EXCESS_COST * (new_excess - old_excess)
        if not legal or (worse > 0 and below(seed, 0x1000000) >= 0x1000000 * np.exp(-worse / temperature)):
            _swap(chain, length, s, t, slot, ends, at, load, busy)
            continue
        breaks += new_breaks - old_breaks
        idle += new_idle - old_idle
        excess += new_excess - old_excess
        for r in range(R):
            used[r, t] += shift[r]
            used[r, s] -= shift[r]
        for k in range(number):
            number_broken = note(touched[k], busy, day_masks, broken, place, number_broken)
        if excess == 0 and (breaks < best_breaks or (breaks == best_breaks and idle < best_idle)):
            best_breaks, best_idle = breaks, idle
            best[:] = slot
            if breaks == 0:
                break
    return best, best_breaks, best_idle


def warm() -> None:
    """Compile both searches into the cache, so that the first event need not wait for them."""
    none, rows = np.zeros(0, dtype=np.int64), np.zeros(2, dtype=np.int64)
    slot, ends, days = np.zeros(1, dtype=np.int64), np.array([[0, 1]]), np.array([3])
    allowed, uses = np.ones((1, 2), dtype=np.bool_), np.ones((1, 1), dtype=np.bool_)
    capacity, delegates = np.ones((1, 2), dtype=np.int64), np.ones(2, dtype=np.int64)
    order = (rows, none, rows, none, np.array([0, 1]), 0, 2)
    for search in (anneal, kempe_paths.anneal):
        search(slot, ends, allowed, uses, capacity, delegates, days, 2, *order, 1, random_state(0), 1, 1.0, 1.0)


if __name__ == "__main__":
    warm()
