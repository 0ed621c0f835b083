"""The loop over stages: a failing stage stops no other, a server that is away is asked again later."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Event, Lock, Thread

from bot.mail.imap.folder import MailboxAwayError
from bot.mail.relay.smtp import RelayAwayError
from bot.traces import told

log = logging.getLogger(__name__)

Counts = Mapping[str, int]
Deed = Callable[[], Counts]

AWAY = (MailboxAwayError, RelayAwayError)
LOOK_AGAIN_AFTER = 0.2
"""Seconds until a stage beside the others looks for more to do."""
ASK_AGAIN_AFTER = 30.0
"""Seconds until a server that was away is tried again."""


class Lane(StrEnum):
    """Where a stage runs. One that may wait long for a server has a thread of its own, and holds up no other."""

    INTO = "into the desk"
    WITHIN = "within"
    OUT = "out of the desk"


@dataclass(frozen=True)
class Stage:
    """One stage: its name for the log, what it does (a count by word), every how many seconds at the most, and what is
    said to its servers at the end. One with a lane of its own may know itself when there is more to do: it ``wait``s
    for that, or until told to stop."""

    name: str
    deed: Deed
    every: float = 0.0
    close: Callable[[], None] = lambda: None
    lane: Lane = Lane.WITHIN
    wait: Callable[[Event], None] | None = None


@dataclass
class Pass:
    """What one run through the stages did, and which servers were away."""

    counts: Counter[str] = field(default_factory=Counter)
    away: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    counting: Lock = field(default_factory=Lock)


def work_once(stages: list[Stage], stop: Event) -> Pass:
    """Every stage until nothing is due; one that failed or found its server away is not asked again in this run."""
    total = Pass()
    try:
        while not stop.is_set() and _round(stages, total, stop):
            log.debug("once more through the stages")
    finally:
        _close(stages)
    return total


def work(stages: list[Stage], stop: Event, *, idle: float = 1.0) -> None:
    """Until told to stop; what a stage holds is finished first."""
    beside = [Thread(target=_work_beside, args=(stage, stop, idle), daemon=True) for stage in stages if _waits(stage)]
    for thread in beside:
        thread.start()
    _work(_of(stages, Lane.WITHIN), stop, idle)
    for thread in beside:
        thread.join()
    _close(stages)


def _of(stages: list[Stage], lane: Lane) -> list[Stage]:
    return [stage for stage in stages if stage.lane is lane]


def _waits(stage: Stage) -> bool:
    return stage.lane is not Lane.WITHIN


def _work_beside(stage: Stage, stop: Event, idle: float) -> None:
    """A stage with a lane of its own; one that knows itself when there is more to do waits for that."""
    if stage.wait is None:
        _work([stage], stop, idle)
        return
    waiting = replace(stage, deed=_waiting(stage.wait, stop))
    while not stop.is_set():
        result = Pass()
        _run(waiting, result)
        # What cannot even wait shall not spin.
        stop.wait(ASK_AGAIN_AFTER if result.failed else 0)
        if not stop.is_set():
            _run(stage, Pass())


def _waiting(wait: Callable[[Event], None], stop: Event) -> Deed:
    def deed() -> Counts:
        wait(stop)
        return {}

    return deed


def _work(stages: list[Stage], stop: Event, idle: float) -> None:
    next_at: dict[str, float] = {}
    while not stop.is_set():
        busy = [_run_when_due(stage, next_at) for stage in stages if not stop.is_set()]
        if not any(busy):
            stop.wait(idle)


def _round(stages: list[Stage], total: Pass, stop: Event) -> int:
    """Each stage to its end: those within go on until nothing comes in any more, then what only time brings about has
    its turn, and those that lead out go on until the others have ended. How much was done."""
    ended, within = Event(), _of(stages, Lane.WITHIN)
    with ThreadPoolExecutor(max(sum(map(_waits, stages)), 1)) as threads:
        coming = [threads.submit(_to_the_end, stage, total, stop) for stage in _of(stages, Lane.INTO)]
        going = [threads.submit(_along, stage, total, stop, ended) for stage in _of(stages, Lane.OUT)]
        try:
            did = _meanwhile([stage for stage in within if not stage.every], total, stop, coming)
            did += sum([_to_the_end(stage, total, stop) for stage in within if stage.every])
        finally:
            ended.set()
        return did + sum(one.result() for one in [*coming, *going])


def _meanwhile(stages: list[Stage], total: Pass, stop: Event, coming: list[Future[int]]) -> int:
    """Again and again while something may still come in, and until nothing is left of it."""
    did, some, last = 0, 0, False
    while not last:
        came = not wait(coming, 0 if some else LOOK_AGAIN_AFTER).not_done
        some = sum([_to_the_end(stage, total, stop) for stage in stages])
        did += some
        last = came and not some
    return did


def _along(stage: Stage, total: Pass, stop: Event, ended: Event) -> int:
    """Again and again, and a last time once the others have ended."""
    did, last = 0, False
    while not last:
        last = ended.wait(LOOK_AGAIN_AFTER)
        did += _to_the_end(stage, total, stop)
    return did


def _to_the_end(stage: Stage, total: Pass, stop: Event) -> int:
    """Full batches: the next stage begins once this one has nothing left."""
    did = 0
    while not stop.is_set() and stage.name not in {*total.away, *total.failed}:
        count = _run(stage, total)
        did += count
        if not count:
            break
    return did


def _close(stages: list[Stage]) -> None:
    for stage in stages:
        stage.close()


def _run_when_due(stage: Stage, next_at: dict[str, float]) -> bool:
    if time.monotonic() < next_at.get(stage.name, 0.0):
        return False
    result = Pass()
    busy = _run(stage, result)
    pause = ASK_AGAIN_AFTER if result.away or result.failed else stage.every
    next_at[stage.name] = time.monotonic() + pause
    return bool(busy)


def _run(stage: Stage, total: Pass) -> int:
    """One failing stage stops no other: mail still leaves while a mailbox is away."""
    try:
        counts = stage.deed()
    except AWAY as error:
        log.warning("stage %s: a server is away: %s", stage.name, error)
        total.away[stage.name] = str(error)
        return 0
    except Exception as error:  # whatever it is, the other stages go on; its text may hold what somebody wrote
        log.error("stage %s failed: %s", stage.name, told(error))
        total.failed.append(stage.name)
        return 0
    with total.counting:
        total.counts.update(counts)
    return sum(counts.values())
