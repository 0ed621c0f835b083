"""A number or addresses go in: a message is read again or shown, a letter sent again, an opt-out looked up."""

import sys
from collections.abc import Iterator, Sequence

import click

from bot.commands.tables import show_rows
from bot.edge import DeskError
from models.desk import Desk
from models.outbox import OutboxLetter
from models.services import audit, suppressions
from models.services.arrival import intake
from models.services.outgoing import stuck
from models.spool import Spool, SpoolState

AT_ONCE = 500


def retry_message(desk: Desk, number: int, *, by: str) -> None:
    with desk.sessions.begin() as session:
        if not intake.retry(session, number, by=by, now=desk.clock()):
            raise _no_message(number)
    click.echo(f"message {number} is read again at the next run")


def show_message(desk: Desk, number: int, *, by: str) -> None:
    """The bytes as they came; that they were looked at is an event."""
    with desk.sessions.begin() as session:
        spool = session.get(Spool, number)
        if spool is None or spool.state is not SpoolState.QUARANTINED:
            raise _no_message(number)
        if spool.raw is None:
            raise DeskError(f"message {number} is kept no longer: retention.raw_mail_days is over")
        raw = desk.keys.unseal(spool.raw)
        audit.record(session, audit.DESK, "quarantine shown", by=by, now=desk.clock(), detail={"spool": number})
    sys.stdout.buffer.write(raw)


def retry_letter(desk: Desk, number: int, *, by: str) -> None:
    with desk.sessions.begin() as session:
        letter = session.get(OutboxLetter, number)
        if letter is None:
            raise DeskError(f"there is no letter {number}: see rightsdesk outbox list")
        if not stuck.send_again(desk, session, number, by=by, now=desk.clock()):
            raise DeskError(f"letter {number} is {letter.state}: only one that did not leave is sent again")
    click.echo(f"letter {number} is sent at the next run, the same mail as before")


def check_suppression(desk: Desk, emails: Sequence[str], *, as_json: bool) -> None:
    rows = [{"email": email, "suppressed": email in hit} for some, hit in _suppressed(desk, emails) for email in some]
    show_rows(rows, ("email", "suppressed"), as_json=as_json, none="no address was given")


def print_links(desk: Desk, emails: Sequence[str]) -> None:
    """In the order of the addresses; a second call makes other links, and the first ones stay good."""
    for line, email in enumerate(emails, 1):
        if not all(email.rpartition("@")):
            raise DeskError(f"line {line} is no e-mail address: no link was made")
    for some in _in_parts(emails):
        with desk.sessions.begin() as session:
            links = [suppressions.unsubscribe_link(desk, session, one, now=desk.clock()) for one in some]
        click.echo("\n".join(links))


def _suppressed(desk: Desk, emails: Sequence[str]) -> Iterator[tuple[Sequence[str], set[str]]]:
    """Some of the addresses at a time, and which of them are suppressed, in whatever spelling."""
    for some in _in_parts(emails):
        with desk.readers() as session:
            live = {suppressions.digest_of(desk, one) for one in suppressions.suppressed(desk, session, some)}
        yield some, {one for one in some if suppressions.digest_of(desk, one) in live}


def _in_parts(emails: Sequence[str]) -> Iterator[Sequence[str]]:
    return (emails[start : start + AT_ONCE] for start in range(0, len(emails), AT_ONCE))


def _no_message(number: int) -> DeskError:
    return DeskError(f"message {number} is not in quarantine: see rightsdesk quarantine list")
