"""A desk goes in; out comes the list of its stages, in the order in which the data passes through them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.mail.imap.folder import Account, Folder
from bot.mail.imap.verify import Looked
from bot.mail.login.tls import Tls
from bot.mail.relay.smtp import Relay, Server
from bot.reader import Reader
from bot.stages import alarm, canary, deliver, forget, fulfil, junk, let_go, look_up, remind, renew, triage, watch
from bot.tokens import Tokens, sections, tokens_of
from bot.worker import Lane, Stage
from models.config import Mailbox, Smtp
from models.desk import Desk
from models.services.upkeep import health

LET_GO_EVERY = 60.0
REMIND_EVERY = 300.0
FORGET_EVERY = 3600.0
RENEW_EVERY = 240.0
"""Below ``oauth_tokens.AHEAD``: none runs out between two looks."""
BEAT_EVERY = 15.0
WATCH_EVERY = 30.0
CANARY_EVERY = 60.0


def stages(desk: Desk, reader: Reader, *, owner: str) -> list[Stage]:
    return [
        *_renewals(desk),
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


def _renewals(desk: Desk) -> Iterator[Stage]:
    tokens = [Tokens(desk, section) for section in sections(desk)]
    if tokens:
        yield Stage("renew tokens", lambda: {"renewed": renew.renew(tokens)}, every=RENEW_EVERY, lane=Lane.INTO)


def _polls(desk: Desk, reader: Reader, *, owner: str) -> Iterator[Stage]:
    for mailbox in desk.config.mailboxes:
        kept = watch.Watch(desk, mailbox, opening(desk, mailbox), owner=owner, arrived=reader.wake)
        yield Stage(f"poll {mailbox.name}", kept.poll, close=kept.close, lane=Lane.INTO, wait=kept.wait)
        if mailbox.junk != "leave":
            spam = junk.Junk(desk, mailbox, _reading(desk, mailbox), owner=owner, arrived=reader.wake)
            yield Stage(f"poll {mailbox.junk_name}", spam.poll, lane=Lane.INTO, wait=spam.wait)


def opening(desk: Desk, mailbox: Mailbox, *, at_once: bool = False) -> Callable[[], Folder]:
    """How the folder of a mailbox is opened, for what is done with it; ``at_once``: somebody waits for it."""
    writable, largest = mailbox.move_to is not None, desk.config.desk.limits.message_bytes
    tokens = tokens_of(desk, mailbox, at_once=at_once)
    return lambda: Folder(account_of(mailbox, tokens), mailbox.folder, writable=writable, largest=largest)


def _reading(desk: Desk, mailbox: Mailbox) -> Callable[[str], Folder]:
    """How any folder of the account is opened, only to be read."""
    largest, tokens = desk.config.desk.limits.message_bytes, tokens_of(desk, mailbox)
    return lambda name: Folder(account_of(mailbox, tokens), name, largest=largest)


def signs_of_life(desk: Desk, *, owner: str) -> Stage:
    """What shows that a worker lives; it runs among the stages that do the work, and is silent where they hang."""
    started = desk.clock()
    return Stage("beat", lambda: _beat(desk, owner, started), every=BEAT_EVERY)


def watch_over(desk: Desk, *, owner: str) -> Iterator[Stage]:
    """Whoever looks after the desk is told; it has a thread of its own, in every process."""
    section = desk.config.smtp
    if section is not None:
        tokens = tokens_of(desk, section)
        eye = alarm.Watch(desk, lambda: _quick_relay(section, tokens), owner=owner)
        yield Stage("watch", eye.look, every=WATCH_EVERY, lane=Lane.OUT)


def canaries(desk: Desk) -> Iterator[Stage]:
    """Where the configuration asks for it; only in a worker that stays to see whether the letter arrives."""
    section = desk.config.smtp
    if section is not None and desk.config.desk.canary:
        tokens = tokens_of(desk, section)
        deed = partial(canary.fly, desk, lambda: _quick_relay(section, tokens), partial(_looking, desk))
        yield Stage("canary", deed, every=CANARY_EVERY, lane=Lane.OUT)


def _looking(desk: Desk, mailbox: Mailbox) -> Looked:
    return Looked(account_of(mailbox, tokens_of(desk, mailbox)), mailbox.folder, writable=True)


def _quick_relay(section: Smtp, tokens: Tokens | None) -> Relay:
    """An alarm waits less long for a mail server than a letter does: what is not said is said a little later."""
    return Relay(replace(server_of(section, tokens), timeout=20.0, final_timeout=60.0))


def _beat(desk: Desk, owner: str, started: datetime) -> dict[str, int]:
    with desk.sessions.begin() as session:
        health.beat(session, owner, started=started, now=desk.clock())
    return {}


def account_of(mailbox: Mailbox, tokens: Tokens | None) -> Account:
    return Account(
        host=mailbox.host, port=mailbox.port, tls=Tls(mailbox.tls), user=mailbox.user,
        password=mailbox.password() or "", cafile=mailbox.ca_file, tokens=tokens,
    )  # fmt: skip


def server_of(section: Smtp, tokens: Tokens | None) -> Server:
    return Server(
        host=section.host, port=section.port, tls=Tls(section.tls), user=section.user or "",
        password=section.password() or "", cafile=section.ca_file, tokens=tokens,
    )  # fmt: skip


def _deliveries(desk: Desk, *, owner: str) -> Iterator[Stage]:
    """Without a mail server letters wait in the outbox."""
    if desk.config.smtp is not None:
        relay = Relay(server_of(desk.config.smtp, tokens_of(desk, desk.config.smtp)))
        yield Stage("deliver", _delivery_by(desk, relay, owner), close=relay.close, lane=Lane.OUT)


def _delivery_by(desk: Desk, relay: Relay, owner: str) -> Callable[[], dict[str, int]]:
    return lambda: {"delivered": deliver.deliver(desk, relay, owner=owner)}
