"""Access: when, or how often, a key was used, in the 24 bits Redis keeps for it.

Every value has a field of 24 bits in its header, and the policy decides what is in it:

    LRU    seconds since 1970, cut to 24 bits        wraps after 194 days
    LFU    | 16 bits: minutes of the last look | 8 bits: a counter |

The counter of LFU is logarithmic: it goes from 0 to 255 and yet tells a hundred uses from a
million. At a value c it goes one up with a chance of 1 in (c - 5) * lfu-log-factor + 1, and one
down for each lfu-decay-time minutes without a use. A new key starts at 5, so as to live long
enough to be used.

Nothing says which of the two the bits are. When the policy changes they are read as what they
are not, until keys are used again: Redis's errors of OBJECT FREQ and OBJECT IDLETIME say so.

Here a key's `access` is a number that holds either: 0 and up, the millisecond of the last use
(writing that costs a SET nothing); below 0, the 24 bits themselves, as ~bits. `bits_of` gives the
24 bits of both, and all that is asked of a key is computed from these.

Source: `evict.c` getLRUClock, estimateObjectIdleTime, LFULogIncr, LFUDecrAndReturn;
`db.c` updateLFU; `object.c` objectSetLRUOrLFU.
"""

from __future__ import annotations

from random import Random
from typing import Final

LRU_RESOLUTION_MS: Final = 1000
LRU_CLOCK_MAX: Final = (1 << 24) - 1
LFU_START: Final = 5
LFU_MOST: Final = 255
MINUTE_MS: Final = 60_000
MINUTES_MAX: Final = 65_535


def bits_of(access: int) -> int:
    """The 24 bits Redis would have in the header.

    >>> bits_of(5000), bits_of(~0x123456) == 0x123456
    (5, True)
    """
    return ~access if access < 0 else access // LRU_RESOLUTION_MS & LRU_CLOCK_MAX


def clock_of(now_ms: int) -> int:
    """The LRU clock: seconds in 24 bits."""
    return now_ms // LRU_RESOLUTION_MS & LRU_CLOCK_MAX


def idle_ms(access: int, now_ms: int) -> int:
    """For how long a key was not used, in whole seconds' worth of ms; a wrap is seen through."""
    clock, bits = clock_of(now_ms), bits_of(access)
    passed = clock - bits if clock >= bits else clock + LRU_CLOCK_MAX - bits
    return passed * LRU_RESOLUTION_MS


def access_idle_for(seconds: int, now_ms: int) -> int:
    """The access of a key not used for `seconds` (RESTORE's IDLETIME), of which 24 bits count."""
    return ~((clock_of(now_ms) - seconds) & LRU_CLOCK_MAX)


def minutes_of(now_ms: int) -> int:
    """The LFU clock: minutes in 16 bits."""
    return now_ms // MINUTE_MS & MINUTES_MAX


def access_counted(counter: int, now_ms: int) -> int:
    """The access of a key with that counter, looked at now; a new key has LFU_START."""
    return ~(minutes_of(now_ms) << 8 | counter)


def frequency(access: int, now_ms: int, decay_minutes: int) -> int:
    """The counter of LFU, less what it has lost since it was last written.

    Args:
        decay_minutes: lfu-decay-time; 0 means that nothing is ever lost.
    """
    bits = bits_of(access)
    counter = bits & LFU_MOST
    if not decay_minutes:
        return counter
    now, then = minutes_of(now_ms), bits >> 8
    passed = now - then if now >= then else MINUTES_MAX - then + now
    return max(counter - passed // decay_minutes, 0)


def chance_to_count(counter: int, log_factor: int) -> float:
    """How likely one more use raises the counter: certain up to 5, then ever less.

    >>> [chance_to_count(counter, 10) for counter in (0, 5, 6)]
    [1.0, 1.0, 0.09090909090909091]
    """
    return 1.0 / (max(counter - LFU_START, 0) * log_factor + 1)


def counted(access: int, now_ms: int, log_factor: int, decay_minutes: int, rng: Random) -> int:
    """The access of a key under LFU after one more use (`db.c updateLFU`)."""
    counter = frequency(access, now_ms, decay_minutes)
    if counter < LFU_MOST and rng.random() < chance_to_count(counter, log_factor):
        counter += 1
    return access_counted(counter, now_ms)
