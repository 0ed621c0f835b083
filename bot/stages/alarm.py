"""Signs of the desk's health → a mail to whoever looks after it: once, and once more when it is over.

It runs in the web process too, so that a worker's death is noticed; and by a way of its own, straight to the mail
server: what waits in an outbox that is ill tells nobody.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.mail.relay.compose import compose
from bot.mail.relay.smtp import SendError, UncertainSendError
from bot.stages.deliver import loop_id
from models import message_ids
from models.desk import Desk
from models.rules import health as rules
from models.services.upkeep import alarms, health
from models.services.upkeep.alarms import News

log = logging.getLogger(__name__)

SETTLES = timedelta(minutes=2)
"""From its start on, or from when the machine woke, a process lets the desk catch up before it tells anybody."""
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
DATABASE = "The desk's own database does not answer, or takes nothing."
MARKS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class Sends(Protocol):
    """A way out for mail; its errors are those of ``bot.mail.relay.smtp``."""

    def send(self, sender: str, recipient: str, message: bytes) -> str: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str


class Watch:
    """The eye of one process. ``new_relay`` makes a way out for one mail."""

    def __init__(self, desk: Desk, new_relay: Callable[[], Sends], *, owner: str) -> None:
        self._desk, self._new_relay, self._owner = desk, new_relay, owner
        self._awake_since = self._looked_at = desk.clock()
        self._away_since: datetime | None = None
        self._told_away = False

    def look(self) -> dict[str, int]:
        """How many alarms, and ends of alarms, were told."""
        now = self._desk.clock()
        if not timedelta() <= now - self._looked_at < SETTLES:
            # Not looked for so long: the machine slept, and has not read its mail since.
            self._awake_since = now
        self._looked_at = now
        if self._desk.config.desk.alarm_address is None or now - self._awake_since < SETTLES:
            return {}
        try:
            news = self._news(now)
        except DATABASE_AWAY as error:
            log.warning("watch: the database does not answer: %s", type(error).__name__)
            return self._without_database(now)
        self._away_since = None
        return self._tell(news, now)

    def _news(self, now: datetime) -> News:
        with self._desk.readers() as session:
            found = rules.wrong(rules.findings(health.measures(self._desk, session, now=now)))
        with self._desk.sessions.begin() as session:
            alarms.note(session, found, now=now)
            return alarms.claim(session, owner=self._owner, now=now)

    def _tell(self, news: News, now: datetime) -> dict[str, int]:
        over = [DATABASE] if self._told_away else []
        over += [one.said for one in news.over]
        wrong = [one.said for one in news.wrong]
        if not (wrong or over) or not self._send(mail_of(self._desk, wrong=wrong, over=over), now):
            return {}
        self._told_away = False
        with self._desk.sessions.begin() as session:
            alarms.told(session, news, owner=self._owner, now=now)
        return {"alarmed": len(wrong) + len(over)}

    def _without_database(self, now: datetime) -> dict[str, int]:
        """No row can tell the processes apart then: each of them says it for itself."""
        self._away_since = self._away_since or now
        if self._told_away or now - self._away_since < SETTLES:
            return {}
        self._told_away = self._send(mail_of(self._desk, wrong=[DATABASE], over=[]), now)
        return {"alarmed": 1} if self._told_away else {}

    def _send(self, mail: Mail, now: datetime) -> bool:
        """False where nobody has it; what may have arrived is not said twice."""
        config, relay = self._desk.config.desk, self._new_relay()
        recipient = str(config.alarm_address)
        message_id = message_ids.make(
            self._desk.keys, "RD-ALARM", self._desk.new_token(), sender=config.address, recipient=recipient
        )
        try:
            message = compose(
                sender=config.address, sender_name=config.name, recipient=recipient,
                subject=mail.subject, text=mail.text, html=None, message_id=message_id, in_reply_to=None,
                references=(), headers=MARKS | {"X-Rightsdesk-Loop": loop_id(self._desk)}, date=now,
            )  # fmt: skip
            relay.send(config.address, recipient, message)
        except UncertainSendError as error:
            log.warning("watch: nobody knows whether the alarm arrived: %s", error.reply)
        except SendError as error:
            log.error("watch: the alarm could not be sent: %s", error.reply)
            return False
        finally:
            relay.close()
        return True


def mail_of(desk: Desk, *, wrong: list[str], over: list[str]) -> Mail:
    """It names servers and numbers, and nobody."""
    parts = []
    if wrong:
        parts.append("Something is wrong with the desk:\n\n" + _listed(wrong))
    if over:
        parts.append("This is over:\n\n" + _listed(over))
    if wrong:
        parts.append("You get one more mail when it is over, and none before.")
    parts.append(f"What to do, and how it is now: {desk.config.desk.base_url}/staff/health")
    word = "something is wrong" if wrong else "well again"
    return Mail(f"{desk.config.desk.name} desk: {word}", "\n\n".join(parts) + "\n")


def _listed(sentences: list[str]) -> str:
    return "\n".join(f"- {one}" for one in sentences)
