"""A desk goes in; its requests, tickets, letters, quarantine and mailboxes come out, as JSON or for a person."""

import os
from pathlib import Path
from typing import Any

import click

from bot.commands.tables import plain, plain_lines, show_json, show_rows
from bot.edge import DeskError
from models.desk import Desk
from models.services import audit
from models.services.pages import as_json as rows_of

QUEUE = ("request", "version", "ticket", "kind", "state", "due_on", "requester", "subject")
CORRECTIONS = ("id", "action", "field", "before", "after", "state")


def queue(desk: Desk, *, state: str | None, kind: str | None, as_json: bool) -> None:
    with desk.readers() as session:
        rows = rows_of.queue_json(session, state=state, kind=kind)
    show_rows(rows, QUEUE, as_json=as_json, none="no request waits" if state is None else "no such request")


def ticket(desk: Desk, reference: str, *, as_json: bool) -> None:
    with desk.readers() as session:
        found = rows_of.ticket_json(session, reference.strip().upper())
    if found is None:
        raise DeskError("there is no ticket of this reference: rightsdesk queue --state all lists them")
    if as_json:
        show_json(found)
    else:
        _show_ticket(found)


def outbox(desk: Desk, *, as_json: bool) -> None:
    with desk.readers() as session:
        rows = rows_of.outbox_json(session)
    columns = ("id", "ticket", "letter", "to", "state", "attempts", "next_attempt")
    show_rows(rows, columns, as_json=as_json, none="every letter was accepted")


def quarantine(desk: Desk, *, as_json: bool) -> None:
    with desk.readers() as session:
        rows = rows_of.quarantine_json(session)
    columns = ("id", "received_at", "size", "attempts", "reason")
    show_rows(rows, columns, as_json=as_json, none="every message could be read")


def mailboxes(desk: Desk, *, as_json: bool) -> None:
    with desk.readers() as session:
        rows = rows_of.mailbox_json(session, [(one.name, one.folder) for one in desk.config.mailboxes])
    columns = ("name", "folder", "state", "last_poll", "uidvalidity", "last_uid")
    show_rows(rows, columns, as_json=as_json, none="no mailbox is configured: [[mailboxes]]")


def verify(desk: Desk, *, export: Path | None) -> None:
    """Exit 1 names the first broken chain; what is exported is exported all the same, for it is evidence."""
    with desk.readers() as session:
        if export is not None:
            _write_lines(export, audit.export(session))
        broken = next(audit.verify(session), None)
    if broken is not None:
        raise DeskError(f"audit log of {broken.chain} is broken at event {broken.number}: {broken.why}")
    click.echo("every chain of the audit log holds")


def _write_lines(path: Path, lines: Any) -> None:
    """What happened to whom is nobody else's to read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        said = f"--export: {path} cannot be written ({error.strerror}): name a file in a folder of yours"
        raise DeskError(said) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.writelines(f"{line}\n" for line in lines)


def _show_ticket(found: dict[str, Any]) -> None:
    click.echo(f"{found['ticket']}  {plain(found['requester'])}  {found['language']}, by {found['channel']}")
    for request in found["requests"]:
        click.echo("")
        show_rows([request], QUEUE[:6], as_json=False, none="")
        if request["corrections"]:
            show_rows(request["corrections"], CORRECTIONS, as_json=False, none="")
    for message in found["messages"]:
        way = "received" if message["direction"] == "in" else message["delivery"]
        click.echo(f"\n— {message['at']}  {way}: {plain(message['subject'])}")
        click.echo(plain_lines(message["text"]))
    click.echo("")
    show_rows(found["events"], ("at", "by", "what"), as_json=False, none="no event")
