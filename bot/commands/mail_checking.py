"""A desk goes in; out comes whether a letter that it sends to itself arrives, in words, or what to mend."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bot.edge import DeskError
from bot.mail import probe
from bot.mail.imap import verify
from bot.mail.imap.folder import MailboxAwayError
from bot.mail.relay.smtp import Relay, SendError
from bot.stages.all import account_of, server_of
from bot.stages.canary import letter_to_ourselves
from bot.tokens import tokens_of
from models.config import Mailbox, Smtp
from models.desk import Desk

LOOK_EVERY = 1.0
SAY_EVERY = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Watched:
    mailbox: Mailbox
    folder: verify.Looked

    @property
    def name(self) -> str:
        return f"mailboxes.{self.mailbox.name}"


def check_mail(desk: Desk, *, within: float, say: Say) -> None:
    """Send a letter from the relay to the desk's own address, and find it in a mailbox within so many seconds.

    Raises DeskError, which says which way is blocked and what to mend.
    """
    section = _configured(desk)
    with ExitStack() as stack:
        watched = [_Watched(one, stack.enter_context(_open(desk, one))) for one in desk.config.mailboxes]
        for one in watched:
            say(f"{one.name}: logged in, looking into {one.mailbox.folder}")
        written = probe.mark(desk.keys, desk.new_token(), now=desk.clock())
        say(f"smtp: sent to {desk.config.desk.address}, the server said: {_send(desk, section, written)}")
        _wait(desk, watched, written, within=within, say=say)


def _configured(desk: Desk) -> Smtp:
    if desk.config.smtp is None:
        raise DeskError("no letter can leave: write [smtp] into the configuration")
    if not desk.config.mailboxes:
        raise DeskError("there is no mailbox to look into: write [[mailboxes]] into the configuration")
    return desk.config.smtp


@contextmanager
def _open(desk: Desk, mailbox: Mailbox) -> Iterator[verify.Looked]:
    where = f"mailboxes.{mailbox.name}"
    with _explained(where):
        account = account_of(mailbox, tokens_of(desk, mailbox, at_once=True))
        folder = verify.Looked(account, mailbox.folder, writable=True)
    with folder:
        with _explained(where):
            folder.begin()
        yield folder


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except MailboxAwayError as error:
        raise DeskError(f"{where}: {error}: mend that section, then see rightsdesk check") from error


def _send(desk: Desk, section: Smtp, written: str) -> str:
    address = desk.config.desk.address
    message = letter_to_ourselves(desk, written, subject="rightsdesk check-mail")
    try:
        with Relay(server_of(section, tokens_of(desk, section, at_once=True))) as relay:
            return relay.send(address, address, message)
    except SendError as error:
        raise DeskError(f"smtp: the letter does not leave: {error}: mend [smtp], then see rightsdesk check") from error


def _wait(desk: Desk, watched: Sequence[_Watched], written: str, *, within: float, say: Say) -> None:
    began = said = time.monotonic()
    while True:
        if _arrived(watched, written, since=began, say=say):
            return
        now = time.monotonic()
        if now - began >= within:
            break
        if now - said >= SAY_EVERY:
            say(f"waiting, {now - began:.0f} of {within:.0f} s")
            said = now
        time.sleep(min(LOOK_EVERY, within))
    _refuse_junk(desk, watched, written)
    names = ", ".join(f"{one.name} ({one.mailbox.folder})" for one in watched)
    raise DeskError(
        f"the letter left and did not arrive within {within:.0f} s in {names}: see that mail to "
        f"{desk.config.desk.address} gets there, or give a slow way more time with --within"
    )


def _arrived(watched: Sequence[_Watched], written: str, *, since: float, say: Say) -> bool:
    for one in watched:
        with _explained(one.name):
            uid = one.folder.find(written)
            if uid is None:
                continue
            one.folder.remove(uid)
        after = time.monotonic() - since
        say(f"{one.name}: arrived after {after:.1f} s in {one.mailbox.folder}, and was removed; both ways are open")
        return True
    return False


def _refuse_junk(desk: Desk, watched: Sequence[_Watched], written: str) -> None:
    for one in watched:
        with _explained(one.name):
            name = one.folder.junk()
            if name is None or not _in_junk(desk, one.mailbox, name, written):
                continue
        raise DeskError(
            f"{one.name}: the letter arrived as spam, in {name}: mend SPF and DKIM of your domain, or teach the server"
        )


def _in_junk(desk: Desk, mailbox: Mailbox, name: str, written: str) -> bool:
    with verify.Looked(account_of(mailbox, tokens_of(desk, mailbox)), name, writable=True) as junk:
        uid = junk.find_among_last(written)
        if uid is not None:
            junk.remove(uid)
    return uid is not None
