"""Letters by a process of their own: it sends what is due, its server may be away, and its death doubles nothing."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.beside import LostError
from bot.building import assemble
from bot.cli import EDGE
from bot.mail.smtp import RelayAwayError
from bot.postman import PostmanBeside
from bot.worker import work_once
from models import config as configuration
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.rules.kinds import Kind
from tests.firm import Firm


@pytest.fixture
def desk(firm: Firm) -> Iterator[Desk]:
    """As the worker's own process has it; three letters are due."""
    firm.reader.knows("a copy", Kind.ACCESS)
    for number in range(3):
        firm.receive("a copy of my data", sender=f"customer{number}@example.net")
    work_once([stage for stage in firm.worker("worker-1") if stage.name != "deliver"], threading.Event())
    desk = assemble(configuration.load(firm.path), EDGE)
    yield desk
    desk.sessions.kw["bind"].dispose()
    desk.readers.kw["bind"].dispose()


@pytest.fixture
def postman(desk: Desk) -> Iterator[PostmanBeside]:
    with closing(PostmanBeside(desk, owner="postman-1")) as postman:
        yield postman


def states(firm: Firm) -> Counter[LetterState]:
    return Counter(letter.state for letter in firm.outbox())


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_is_due_leaves_and_then_nobody_is_asked(firm: Firm, postman: PostmanBeside) -> None:
    assert postman.pid is None
    assert postman.deliver() == 3
    assert postman.pid not in {None, os.getpid()}
    assert states(firm) == {LetterState.ACCEPTED: 3}
    assert {caught.rcpt_tos for caught in firm.sink.inbox} == {(f"customer{n}@example.net",) for n in range(3)}
    assert all(letter.settled and letter.claimed_by is None for letter in firm.outbox())
    os.kill(postman.pid or 0, signal.SIGKILL)
    assert postman.deliver() == 0


def test_a_server_that_is_away_is_told_as_such_and_costs_no_attempt(firm: Firm, postman: PostmanBeside) -> None:
    firm.sink.go_down()
    with pytest.raises(RelayAwayError, match="no connection"):
        postman.deliver()
    firm.sink.come_back()
    assert [letter.attempts for letter in firm.outbox()] == [0, 0, 0]
    assert postman.deliver() == 3


def test_its_death_leaves_one_letter_uncertain_and_the_others_to_the_next(firm: Firm, postman: PostmanBeside) -> None:
    firm.sink.hang_next()
    killed = threading.Timer(0, lambda: (wait(lambda: not firm.sink._plans), os.kill(postman.pid or 0, 9)))
    killed.start()
    with pytest.raises(LostError):
        postman.deliver()
    killed.join()
    assert states(firm) == {LetterState.SENDING: 1, LetterState.QUEUED: 2}
    with firm.desk.sessions.begin() as session:
        ended = {"claimed_until": EDGE.clock() - timedelta(seconds=1)}
        session.execute(sa.update(OutboxLetter).values(ended))
    assert postman.deliver() == 2
    assert states(firm) == {LetterState.UNCERTAIN: 1, LetterState.ACCEPTED: 2}
    assert len(firm.sink.inbox) == 2


def test_closed_it_is_gone(postman: PostmanBeside) -> None:
    postman.deliver()
    pid = postman.pid
    assert pid is not None
    postman.close()
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        pytest.fail("it is still there")
