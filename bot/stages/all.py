"""A desk goes in; out comes the list of its stages, in the order in which the data passes through them."""

from collections.abc import Callable, Iterator

from bot.mail import imap, smtp
from bot.mail.tls import Tls
from bot.reader import Reader
from bot.stages import deliver, forget, fulfil, let_go, look_up, poll, remind, triage
from bot.worker import Lane, Stage
from models.config import Mailbox, Smtp
from models.desk import Desk

POLL_EVERY = 10.0
LET_GO_EVERY = 60.0
REMIND_EVERY = 300.0
FORGET_EVERY = 3600.0


def stages(desk: Desk, reader: Reader, *, owner: str) -> list[Stage]:
    return [
        *_polls(desk, reader, owner=owner),
        _triage(desk, reader, owner=owner),
        Stage("look up", lambda: {"looked_up": look_up.look_up(desk, owner=owner)}),
        Stage("fulfil", lambda: {"fulfilled": fulfil.fulfil(desk, owner=owner)}),
        *_deliveries(desk, owner=owner),
        Stage("let go", lambda: {"let_go": let_go.let_go(desk)}, every=LET_GO_EVERY),
        Stage("remind", lambda: remind.remind(desk), every=REMIND_EVERY),
        Stage("forget", lambda: {"forgotten": forget.forget(desk)}, every=FORGET_EVERY),
    ]


def _triage(desk: Desk, reader: Reader, *, owner: str) -> Stage:
    stage = triage.Triage(desk, reader, owner=owner)
    return Stage("triage", stage.batch, close=stage.close)


def _polls(desk: Desk, reader: Reader, *, owner: str) -> Iterator[Stage]:
    for mailbox in desk.config.mailboxes:
        yield Stage(f"poll {mailbox.name}", _poll_of(desk, mailbox, reader, owner), every=POLL_EVERY, lane=Lane.INTO)


def _poll_of(desk: Desk, mailbox: Mailbox, reader: Reader, owner: str) -> Callable[[], dict[str, int]]:
    def open_folder(mailbox: Mailbox) -> imap.Folder:
        writable, largest = mailbox.move_to is not None, desk.config.desk.limits.message_bytes
        return imap.Folder(account_of(mailbox), mailbox.folder, writable=writable, largest=largest)

    return lambda: {"polled": poll.poll(desk, mailbox, open_folder, owner=owner, arrived=reader.wake)}


def account_of(mailbox: Mailbox) -> imap.Account:
    return imap.Account(
        host=mailbox.host, port=mailbox.port, tls=Tls(mailbox.tls), user=mailbox.user,
        password=mailbox.password() or "", cafile=mailbox.ca_file,
    )  # fmt: skip


def server_of(section: Smtp) -> smtp.Server:
    return smtp.Server(
        host=section.host, port=section.port, tls=Tls(section.tls), user=section.user or "",
        password=section.password() or "", cafile=section.ca_file,
    )  # fmt: skip


def _deliveries(desk: Desk, *, owner: str) -> Iterator[Stage]:
    """Without a mail server letters wait in the outbox."""
    if desk.config.smtp is not None:
        relay = smtp.Relay(server_of(desk.config.smtp))
        yield Stage("deliver", _delivery_by(desk, relay, owner), close=relay.close, lane=Lane.OUT)


def _delivery_by(desk: Desk, relay: smtp.Relay, owner: str) -> Callable[[], dict[str, int]]:
    return lambda: {"delivered": deliver.deliver(desk, relay, owner=owner)}
