"""What the compiled searches share: the slots of a participant as bits of one integer, and a stream of chances."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

BREAK_COST = 10
# What one break too many of one participant costs, where the difference between participants is limited.
EXCESS_COST = 30
compiled = nb.njit(cache=True, nogil=True)
# For the pieces of a hot loop: called instead, they cost a third of its speed.
inlined = nb.njit(cache=True, nogil=True, inline="always")


@intrinsic
def _population(context, x):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


@intrinsic
def _leading_zeros(context, x):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctlz(arguments[0], context.get_constant(types.boolean, False))

    return types.int64(types.int64), generate


@compiled
def ones(x):  # type: ignore[no-untyped-def]
    """Return how many bits of ``x`` are set: one instruction."""
    return _population(x)  # type: ignore[call-arg]


@compiled
def length(x):  # type: ignore[no-untyped-def]
    """Return the number of bits up to the highest that is set."""
    return 64 - _leading_zeros(x)  # type: ignore[call-arg]


@compiled
def count(busy, days):  # type: ignore[no-untyped-def]
    """Return the breaks and idle slots of one participant whose slots with a meeting are the bits of ``busy``."""
    breaks = 0
    idle = 0
    for mask in days:
        own = busy & mask
        if own:
            breaks += ones(own & ~(own << 1)) - 1
            idle += length(own) - length(own & -own) + 1 - ones(own)
    return breaks, idle


@compiled
def gaps(busy, days):  # type: ignore[no-untyped-def]
    """Return as bits the slots without a meeting between two with one on the same day."""
    found = np.int64(0)
    for mask in days:
        own = busy & mask
        if own:
            span = (np.int64(1) << length(own)) - (own & -own)
            found |= span & ~own & mask
    return found


@compiled
def nth_bit(bits, n):  # type: ignore[no-untyped-def]
    """Return the position of the set bit of ``bits`` that has ``n`` set ones below it."""
    for _ in range(n):
        bits &= bits - 1
    return length(bits & -bits) - 1


@compiled
def too_long(busy, joins, most):  # type: ignore[no-untyped-def]
    """Return whether ``busy`` has more than ``most`` bits in a row; those of ``joins`` follow the one before."""
    row = busy
    for _ in range(most):
        row = busy & (row << 1) & joins
        if not row:
            return False
    return True


@compiled
def body(p, busy, ring):  # type: ignore[no-untyped-def]
    """Return the busy slots of the person that ``p`` is: ``ring`` leads from each participant to the next of it."""
    found = busy[p]
    q = ring[p]
    while q != p:
        found |= busy[q]
        q = ring[q]
    return found


@compiled
def has_room(s, t, used, capacity, shift):  # type: ignore[no-untyped-def]
    """Return whether ``t`` may gain, and ``s`` lose, ``shift`` [R] of each resource."""
    for r in range(len(shift)):
        if used[r, t] + shift[r] > capacity[r, t] or used[r, s] - shift[r] > capacity[r, s]:
            return False
    return True


@compiled
def note(p, busy, days, broken, where, number):  # type: ignore[no-untyped-def]
    """Keep ``broken``, the participants with a break, and ``where`` each stands in it; return their number."""
    waits = count(busy[p], days)[0] > 0
    if waits and where[p] < 0:
        broken[number] = p
        where[p] = number
        return number + 1
    if not waits and where[p] >= 0:
        number -= 1
        last = broken[number]
        broken[where[p]] = last
        where[last] = where[p]
        where[p] = -1
    return number


@compiled
def below(state, most):  # type: ignore[no-untyped-def]
    """Return the next of a xorshift64* stream (Marsaglia 2003; Vigna 2016), scaled to 0 … ``most`` - 1."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    word = (x * np.uint64(2685821657736338717)) >> np.uint64(33)
    # The top 31 bits times the range: no division.
    return np.int64((word * np.uint64(most)) >> np.uint64(31))


def random_state(seed: int) -> npt.NDArray[np.uint64]:
    """Return a state for ``below``; any seed will do, equal seeds give equal runs."""
    return np.array([(seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64 or 1], dtype=np.uint64)
