"""A desk → its web server and worker until told to stop, or one run through all that is due."""

import gc
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from bot.edge import DeskError
from bot.reader import ReaderBeside
from bot.stages.all import canaries, signs_of_life, stages, watch_over
from bot.stages.triage import ours
from bot.worker import Stage, work
from bot.worker import work_once as work_through
from models.config import Listener, Web
from models.desk import Desk
from models.request import Request
from models.services import claims

if TYPE_CHECKING:
    from bot.mail.door.door import Door

log = logging.getLogger(__name__)

COUNTED = ("polled", "triaged", "fulfilled", "delivered", "quarantined", "reminded", "forgotten")
STOP_WITHIN = 20.0
COLLECT_AFTER = (50_000, 20, 50)
"""Objects, and runs of the younger generation: a batch makes some 10,000 objects and drops them by itself."""
SWITCH_AFTER = 0.0005
"""Seconds until a thread that computes lets another one go on, such as the one that talks to the mail server."""


def run(desk: Desk, start_web: Callable[[Desk], Callable[[], None]], *, only: str | None) -> None:
    """Until SIGTERM or SIGINT; then what is held is finished, within 20 s."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    _prepare(desk)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _set(stop))
    web = _start_web(desk, start_web) if only != "worker" else None
    door = _open_door(desk) if only != "web" else None
    watching = [*watch_over(desk, owner=_owner(desk))]
    if only != "web":
        reader = ReaderBeside(ours(desk))
        watching += [signs_of_life(desk, owner=_owner(desk)), *canaries(desk), *_stages(desk, reader)]
    worker = threading.Thread(target=work, args=(watching, stop), name="worker", daemon=True)
    worker.start()
    log.info("started: %s", only or "web and worker")
    stop.wait()
    log.info("stopping")
    if web is not None:
        web()
    if door is not None:
        door.stop()
    worker.join(STOP_WITHIN - 5)
    if only != "web":
        reader.close()


def work_once(desk: Desk, *, as_json: bool) -> None:
    """Every stage until nothing is due. What was away or failed is said on standard error; it is no error of ours."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    _prepare(desk)
    with closing(ReaderBeside(ours(desk))) as reader:
        done = work_through(_stages(desk, reader), threading.Event())
    counts = {word: done.counts[word] for word in COUNTED}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{count} {word}" for word, count in counts.items()))


def _prepare(desk: Desk) -> None:
    """What comes before the first stage, however long the worker works."""
    ask_again(desk)
    sys.setswitchinterval(SWITCH_AFTER)
    gc.set_threshold(*COLLECT_AFTER)


def ask_again(desk: Desk) -> None:
    """A customer database that was away at the last run is asked at once at this one."""
    with desk.sessions.begin() as session:
        claims.due_again(session, Request)


def _start_web(desk: Desk, start_web: Callable[[Desk], Callable[[], None]]) -> Callable[[], None]:
    with _listening("web", desk.config.web):
        return start_web(desk)


def _open_door(desk: Desk) -> "Door | None":
    section = desk.config.listener
    if section is None:
        return None
    from bot.stages.door import open_door  # most desks fetch their mail and open none

    with _listening("listener", section):
        return open_door(desk, section).start()


@contextmanager
def _listening(name: str, section: Web | Listener) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where, why = f"{section.host}:{section.port}", str(error.strerror).partition(" (")[0]
        said = f"[{name}] host, port: cannot listen on {where} ({why}): end what does, or write another one there"
        raise DeskError(said) from error


def _stages(desk: Desk, reader: ReaderBeside) -> list[Stage]:
    return stages(desk, reader, owner=_owner(desk))


def _owner(desk: Desk) -> str:
    return desk.new_token()[:16]


def _set(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    return lambda _number, _frame: stop.set()
