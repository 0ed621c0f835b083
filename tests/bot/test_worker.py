"""The loop over stages: to the end, beside each other, past failures, and to a stop that finishes what is held."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread, current_thread

import pytest

from bot.mail.imap.folder import MailboxAwayError
from bot.worker import Lane, Stage, work, work_once


def counting(*counts: int) -> Callable[[], dict[str, int]]:
    left = list(counts)
    return lambda: {"did": left.pop(0) if left else 0}


def failing(error: Exception) -> Callable[[], dict[str, int]]:
    def deed() -> dict[str, int]:
        raise error

    return deed


def test_every_stage_goes_on_until_nothing_is_due() -> None:
    done = work_once([Stage("one", counting(3, 2)), Stage("two", counting(1))], Event())
    assert (done.counts["did"], done.away, done.failed) == (6, {}, [])


def test_a_stage_that_makes_work_for_an_earlier_one_has_it_done() -> None:
    left = {"early": 0, "late": 2}

    def early() -> dict[str, int]:
        done, left["early"] = left["early"], 0
        return {"early": done}

    def late() -> dict[str, int]:
        if not left["late"]:
            return {}
        left["late"] -= 1
        left["early"] += 1
        return {"late": 1}

    assert work_once([Stage("early", early), Stage("late", late)], Event()).counts == {"early": 2, "late": 2}


def test_a_stage_beside_works_while_the_others_do_and_after_them() -> None:
    heard, spoken = Event(), Event()

    def here() -> dict[str, int]:
        spoken.set()
        assert heard.wait(10)
        return {}

    names = []

    def beside() -> dict[str, int]:
        names.append(current_thread().name)
        if spoken.is_set() and not heard.is_set():
            heard.set()
            return {"heard": 1}
        return {}

    assert work_once([Stage("here", here), Stage("beside", beside, lane=Lane.OUT)], Event()).counts == {"heard": 1}
    assert current_thread().name not in names


def test_what_comes_in_is_worked_on_while_more_of_it_comes() -> None:
    worked, waiting = Event(), [1]

    def comes() -> dict[str, int]:
        if worked.is_set():
            return {}
        assert worked.wait(10)
        waiting.append(1)
        return {"came": 1}

    def within() -> dict[str, int]:
        if not waiting:
            return {}
        waiting.pop()
        worked.set()
        return {"worked": 1}

    stages = [Stage("comes", comes, lane=Lane.INTO), Stage("within", within)]
    assert work_once(stages, Event()).counts == {"came": 1, "worked": 2}


def test_one_that_failed_or_is_away_stops_no_other_and_is_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    stages = [
        Stage("away", failing(MailboxAwayError("no route"))),
        Stage("broken", failing(ValueError("ada@example.net"))),
        Stage("beside", failing(ValueError("ada@example.net")), lane=Lane.OUT),
        Stage("well", counting(1, 1)),
    ]
    done = work_once(stages, Event())
    assert (done.counts["did"], done.away, sorted(done.failed)) == (2, {"away": "no route"}, ["beside", "broken"])
    assert "test_worker:" in caplog.text
    assert "ada@example.net" not in caplog.text


def test_servers_are_told_goodbye_at_the_end() -> None:
    told = []
    work_once([Stage("one", counting(), close=lambda: told.append("one"))], Event())
    assert told == ["one"]


def test_a_stop_lets_what_is_held_be_finished(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stop, begun, ended = Event(), Event(), []

    def slow() -> dict[str, int]:
        begun.set()
        time.sleep(0.2)
        ended.append("beside")
        return {"did": 1}

    stages = [Stage("here", counting()), Stage("beside", slow, lane=Lane.OUT, close=lambda: ended.append("closed"))]
    worker = Thread(target=work, args=(stages, stop), kwargs={"idle": 0.01})
    worker.start()
    assert begun.wait(10)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert ended[-2:] == ["beside", "closed"]
    assert ended.count("closed") == 1
