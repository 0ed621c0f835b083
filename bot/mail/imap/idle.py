"""A selected folder goes in; out comes whether its server told of mail while we waited (IDLE, RFC 2177)."""

import time
from threading import Event
from typing import Any

from imapclient import IMAPClient

STOP_WITHIN = 0.5
"""Seconds at the most until a wait hears that it shall stop."""
TELLS_OF_MAIL = {b"EXISTS", b"RECENT"}


def can_tell(client: IMAPClient) -> bool:
    return bool(client.has_capability("IDLE"))


def told_of_mail(client: IMAPClient, seconds: float, stop: Event) -> bool:
    """Wait until the server tells of mail, the time is up or ``stop`` is set.

    Ends with the server's answer to DONE: a connection that is no more is found out here, not at the next mail.
    """
    client.idle()
    until, told = time.monotonic() + seconds, _told_at_once(client)
    while not told and not stop.is_set() and (left := until - time.monotonic()) > 0:
        begun = time.monotonic()
        lines = client.idle_check(timeout=min(left, STOP_WITHIN))
        told = _tells(lines)
        # Silence before its time is the end of the connection: DONE will say so.
        if not lines and time.monotonic() - begun < min(left, STOP_WITHIN) / 2:
            break
    _words, lines = client.idle_done()
    return told or _tells(lines)


def _told_at_once(client: IMAPClient) -> bool:
    """What came in one packet with the consent to IDLE lies in the stream, where no poll of the socket sees it."""
    sock = client.socket()
    patience = sock.gettimeout()
    sock.setblocking(False)
    try:
        words: bytes = client._imap.file.peek()
    except OSError:  # TLS says so where nothing is there
        return False
    finally:
        sock.settimeout(patience)
    return any(word in words for word in TELLS_OF_MAIL)


def _tells(lines: list[Any]) -> bool:
    return any(len(line) > 1 and line[1] in TELLS_OF_MAIL for line in lines)
