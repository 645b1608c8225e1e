"""The same scenarios with full counts, an hour of them: `python -m tests.endurance`.

python -m tests.endurance                 all, in turn; 1 if one fails
python -m tests.endurance fuzz crowds     some of them
python -m tests.endurance persistence     all that files have to stand
python -m tests.endurance --share 0.01    a hundredth of each
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from redlearn.engine.config import POLICIES
from tests.bench.idle import measure
from tests.clients.served import serving
from tests.cluster.losses import LAG_MS, End, Loss, lose
from tests.endurance import clocks, crowds, durable, full_disks, hunger, logs, moments, watched
from tests.endurance.batches import compare
from tests.endurance.fuzz import LIMITS, answered, disagreement, sent
from tests.endurance.transfers import Race, disorder
from tests.oracle.servers import redis_binary, running
from tests.properties import rdb_faults, snapshot_writers

T = TypeVar("T")
PROCESSES: Final = 2
KIB, MIB = hunger.KIB, hunger.MIB


def fuzz(share: float) -> None:
    """100,000 cases to us and to a real server; as many cut at every byte."""
    binary = redis_binary()
    assert binary is not None, "redis-server is not on PATH"
    count = int(100_000 * share)
    with serving() as ours, running(binary) as theirs:
        for number in range(count):
            data = sent(1, number)
            mine, other = answered(ours.port, data), answered(theirs.port, data)
            assert mine == other, f"case {number}: {data!r}\n{mine!r}\n{other!r}"
    for number in range(len(LIMITS), count):
        assert not disagreement(sent(2, number))


def eaters(share: float) -> None:
    """A thousand claims of gigabytes; query, output and connection limits at their true sizes."""
    assert hunger.kib_of_a_claim(max(int(1_000 * share), 10)) <= 64
    assert hunger.query_too_large(MIB) < 8 * MIB
    seen = hunger.slow_reader("1mb 0 0", pipeline=20_000, value=100 * KIB)
    assert seen.seconds < 10 and seen.kib < 16 * KIB, seen
    seen = hunger.slow_reader("0 256kb 2", pipeline=80, value=100 * KIB)
    assert 2 <= seen.seconds < 10, seen
    assert hunger.stranger()
    limit = max(int(64 * MIB * share), MIB)
    for policy in POLICIES:
        flood = hunger.flooded(policy, limit)
        assert flood.most <= limit + 8 * KIB, (policy, flood)
        assert flood.kib <= 3 * limit // KIB + hunger.ALLOWED_KIB, (policy, flood)
        assert bool(flood.told) != policy.startswith("allkeys"), (policy, flood)
    told, good = hunger.one_too_many(100)
    assert told == [b"-ERR max number of clients reached\r\n"] * 5 and good


def idle(share: float) -> None:
    """10,000 connections that say nothing."""
    count = max(int(10_000 * share), 100)
    with serving("--maxclients", str(count + 100)) as served:
        seen = measure(served.port, served.pid, count)
    assert seen.kib_each <= 8 and seen.ping_p99_ms <= 10, seen


def screen(share: float) -> None:
    """A million keys, and a program that sends all it can, while somebody types at a screen."""
    keys, seconds = max(int(1_000_000 * share), 1_000), max(5 * share, 1)
    plain, seen = watched.served(keys, seconds), watched.watched(keys, seconds, rounds=7)
    kept, typing = seen.kept
    print(
        f"             {seen.alone:,.0f} SETs a second in a session that nobody watches, of which"
    )
    print(f"             a screen keeps {kept:.0%}, with somebody who types {typing:.0%}; a key is")
    print(f"             there in {seen.p95_ms:.0f} ms (p95); {plain:,.0f} in a server")
    assert seen.p95_ms <= 100
    assert min(kept, typing) >= 0.8


def waiting(share: float) -> None:
    """50 rounds of a thousand who wait, some of whom hang up or are killed."""
    with serving() as served:
        for seed in range(max(int(50 * share), 1)):
            crowds.served_in_turn(served, 1_000, seed)
            crowds.killed_while_served(served, 200, seed)
            crowds.killed_in_the_middle(served, 50)
            with served.connect() as client:
                client.run(b"FLUSHALL")


def batches(share: float) -> None:
    """2,000 batches that serve, kill and wake those who wait, beside a real server."""
    binary = redis_binary()
    assert binary is not None, "redis-server is not on PATH"
    with serving() as ours, running(binary) as theirs:
        compare(ours.port, theirs.port, range(max(int(2_000 * share), 10)))


def listening(share: float) -> None:
    """10,000 messages for a hundred listeners, one of whom is stalled."""
    found = crowds.flood(100, max(int(10_000 * share), 5_000))
    assert found == crowds.Flood(complete=100, cut_off=True), found


def racing(share: float) -> None:
    """200 windows of transfers that race each other."""
    with serving() as served:
        for seed in range(max(int(200 * share), 1)):
            race = Race(served.port, seed)
            asyncio.run(race.run())
            assert disorder(race.done, race.accounts) == ""


def side_by_side(work: Callable[..., T], *calls: tuple[Any, ...]) -> list[T]:
    """Call `work` with each of these arguments, PROCESSES of them at a time.

    In processes of their own, so `work` belongs to a module other than this one.
    """
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        return [future.result() for future in [pool.submit(work, *call) for call in calls]]


def every(share: float) -> int:
    """Which of many places is looked at: each, or every tenth."""
    return max(int(1 / share), 1)


def tails(share: float) -> None:
    """A log of 5,000 bytes cut off at each of them; 50 cuts shown to a real server."""
    bounds = logs.busy_log(1, 5_000)
    size, step = len(bounds.data), every(share)
    torn = side_by_side(
        logs.cut_anywhere,
        *((bounds, range(at * step, size + 1, PROCESSES * step)) for at in range(PROCESSES)),
    )
    assert sum(torn)
    cuts = [number * size // 50 for number in range(max(int(50 * share), 1))]
    calls = ((bounds, cuts[at::PROCESSES]) for at in range(PROCESSES))
    wrong = side_by_side(logs.disagreements, *calls)
    assert not any(wrong), f"cut at {wrong}: Redis does not agree"


def flips(share: float) -> None:
    """A log of 5,000 bytes with any byte changed, in two ways; its base, in three."""
    bounds = logs.busy_log(2, 5_000)
    step = every(share)
    seen = side_by_side(
        logs.any_byte_changed,
        *(
            (bounds, range(at * step, len(bounds.data), PROCESSES * step))
            for at in range(PROCESSES)
        ),
    )
    told, taken = sum(each[0] for each in seen), sum(each[1] for each in seen)
    assert told and taken
    print(f"             {told} refused, {taken} loaded")
    assert (wrong := logs.base_damaged(range(1, logs.BASE_SIZE, step))) == "", wrong


def snapshots(share: float) -> None:
    """A snapshot file with each of its bytes changed in all 255 ways, with its sum and without."""
    data, masks = rdb_faults.small_file(), tuple(range(1, 256, every(share)))
    for outcome in side_by_side(
        rdb_faults.flips, *((each, masks) for each in (data, data[:-8] + bytes(8)))
    ):
        _judge(outcome)


def mutations(share: float) -> None:
    """A million values broken by somebody who knows how they are put together."""
    each = max(int(1_000_000 * share) // PROCESSES, 1_000)
    calls = ((each, seed) for seed in range(1, PROCESSES + 1))
    for outcome in side_by_side(rdb_faults.mutations, *calls):
        _judge(outcome)


def _judge(outcome: rdb_faults.Outcome) -> None:
    print(f"             {next(rdb_faults.told(outcome))}")
    assert not outcome.wrong, outcome.wrong[:5]
    assert outcome.grown <= rdb_faults.MOST_BYTES


def rewrites(share: float) -> None:
    """Rewrites cut after each of their steps, by power and by kill, 20 times each."""
    cuts = side_by_side(logs.all_cuts, *((seed,) for seed in range(max(int(20 * share), 1))))
    print(f"             {sum(cuts)} cuts")


def always(share: float) -> None:
    """A thousand kills under appendfsync always, half of them with eight who send ahead."""
    _two_at_a_time(int(1_000 * share), durable.ALWAYS, (1, 8))


def everysec(share: float) -> None:
    """200 kills under appendfsync everysec."""
    _two_at_a_time(int(200 * share), durable.EVERYSEC, (1, 8))


def _two_at_a_time(kills: int, words: Sequence[str], writers: Sequence[int]) -> None:
    """Kill two servers at a time; nothing is lost."""
    each = max(kills // len(writers), 1)
    with TemporaryDirectory() as folder:
        seen = side_by_side(
            durable.killed,
            *((Path(folder, str(count)), count, each, count, *words) for count in writers),
        )
    for found in seen:
        print(f"             {found.count} kills, {found.rounds} rounds were acknowledged")
    assert [loss for found in seen for loss in found.lost] == []


def ending(share: float) -> None:
    """200 ends in good order, with save points and with a log; an end with 100,000 keys."""
    runs = max(int(100 * share), 3)
    with TemporaryDirectory() as folder:
        calls = enumerate((durable.SAVING, durable.EVERYSEC))
        lost = side_by_side(
            durable.ended, *((Path(folder, str(at)), 1, runs, *words) for at, words in calls)
        )
    assert not any(lost), lost
    with TemporaryDirectory() as folder:
        seconds = durable.seconds_to_end(Path(folder), 100_000)
    print(f"             {2 * runs} ends; {seconds:.1f} s for 100,000 keys")
    assert seconds <= 2, f"{seconds:.1f} s"


def clocks_set(share: float) -> None:
    """500 servers whose clocks are set to and fro."""
    runs = max(int(500 * share), 5)
    for seed in range(runs):
        assert (wrong := clocks.unsettled(seed)) == "", wrong


def full(share: float) -> None:
    """200 disks that are full: 256 KiB in memory if one may mount that, else a limit of files."""
    mounts = full_disks.may_mount()
    deeds = (
        full_disks.filled_up, full_disks.killed_when_full, full_disks.full_under_always,
        full_disks.snapshot_on_full_disk,
    )  # fmt: skip
    for number in range(max(int(200 * share), len(deeds))):
        with TemporaryDirectory() as folder:
            wrong = deeds[number % len(deeds)](Path(folder, "disk"), mounts=mounts)
        assert wrong == "", f"{deeds[number % len(deeds)].__name__}: {wrong}"


def of_one_moment(share: float) -> None:
    """500 snapshots written in slices while random commands change what they are of."""
    runs = max(int(500 * share), 5)
    wrong = side_by_side(moments.those_that_differ, (0, runs // 2), (runs // 2, runs))
    assert not any(wrong), wrong
    found = side_by_side(snapshot_writers.runs, (runs // 2, 1), (runs - runs // 2, 10_001))
    for outcome in found:
        assert not outcome.wrong, outcome.wrong[:5]
    print(f"             {sum(outcome.brought for outcome in found)} keys were brought forward")


def losses(share: float) -> None:
    """A thousand failovers under writes: what WAIT counted at all replicas is there."""
    for how in (End.DIES, End.LAGS, End.FAR):
        kept = _lost(max(int(1_000 * share), 1), how, waits=2)
        for seed, loss in enumerate(kept):
            assert not loss.lost, f"{how.value}, seed {seed}: {loss.lost}"
        counted = sum(len(loss.answered) for loss in kept)
        print(f"  {how.value}: none lost of {counted} that WAIT 2 counted", flush=True)
    for how, most_ms in ((End.DIES, 0), (End.LAGS, LAG_MS + 100), (End.FAR, 1_700)):
        found = _lost(max(int(200 * share), 1), how)
        gone, all_of_them = (sum(map(len, each)) for each in zip(
            *((loss.lost, loss.answered) for loss in found), strict=True))  # fmt: skip
        widest = max(loss.window_ms() for loss in found)
        print(f"  {how.value}: {gone} of {all_of_them} lost, within {widest:.0f} ms")
        assert widest <= most_ms
    found = _lost(max(int(200 * share), 3), End.FAR_WITH_ONE, waits=1)
    assert any(loss.lost for loss in found), "WAIT 1 of 2 promises less, and that shows"
    print(f"  WAIT 1 of 2: writes lost in {sum(bool(each.lost) for each in found)} of {len(found)}")


def _lost(count: int, how: End, waits: int | None = None) -> list[Loss]:
    """What failovers took, seeds 0 and on."""
    return side_by_side(lose, *((seed, how, waits) for seed in range(count)))


SCENARIOS: dict[str, Callable[[float], None]] = {
    each.__name__: each
    for each in (
        fuzz, eaters, idle, screen, waiting, batches, listening, racing, always, everysec, tails,
        flips, snapshots, mutations, full, ending, rewrites, clocks_set, of_one_moment, losses,
    )
}  # fmt: skip

PERSISTENCE = (
    always, everysec, tails, flips, snapshots, mutations, full, ending, rewrites, clocks_set,
    of_one_moment,
)  # fmt: skip


def main() -> int:
    """Run those asked for; 1 if one fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="all by default")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    options = parser.parse_args()
    failed = False
    names = options.names or list(SCENARIOS)
    if "persistence" in names:
        names = [each.__name__ for each in PERSISTENCE]
    for name in names:
        start = time.monotonic()
        try:
            SCENARIOS[name](options.share)
            said = "good"
        except AssertionError as error:
            failed, said = True, f"FAILED: {error}"
        print(f"{name:12} {time.monotonic() - start:7.1f} s  {said}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
