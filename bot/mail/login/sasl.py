"""Who logs in goes in; out comes what is said at each challenge of a mail server: the same words in IMAP and SMTP."""

import hmac
from collections.abc import Callable, Iterable

Mechanism = Callable[[bytes], bytes]
"""The server's challenge → our answer. The first challenge is empty: each of these but LOGIN's speaks first."""

BY_PASSWORD = ("PLAIN", "LOGIN", "CRAM-MD5")
BY_TOKEN = ("OAUTHBEARER", "XOAUTH2")
"""The better first. A standard before what came before it: Microsoft has XOAUTH2 alone, Google both."""


def chosen(wanted: Iterable[str], offered: Iterable[str]) -> str | None:
    """The first of ours that the server offers."""
    there = {name.upper() for name in offered}
    return next((name for name in wanted if name in there), None)


def by_password(name: str, user: str, password: str) -> Mechanism:
    return {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram_md5}[name](user, password)


def by_token(name: str, user: str, token: str) -> Mechanism:
    return {"OAUTHBEARER": _oauthbearer, "XOAUTH2": _xoauth2}[name](user, token)


def _plain(user: str, password: str) -> Mechanism:
    # RFC 4616: any octets but NUL, which ends a part.
    return lambda _challenge: f"\0{user}\0{password}".encode()


def _login(user: str, password: str) -> Mechanism:
    """It asks twice, in words that nobody has agreed on: the first time for the user."""
    answers = iter((user, password))
    return lambda _challenge: next(answers, "").encode()


def _cram_md5(user: str, password: str) -> Mechanism:
    # RFC 2195.
    return lambda challenge: f"{user} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}".encode()


def _oauthbearer(user: str, token: str) -> Mechanism:
    # RFC 7628, 3.1; in the name RFC 5801 wants "=" and "," written otherwise.
    name = user.replace("=", "=3D").replace(",", "=2C")
    # RFC 7628, 3.2.3: an error is answered by one octet, and only then does the server say that it failed.
    return lambda challenge: b"\x01" if challenge else f"n,a={name},\x01auth=Bearer {token}\x01\x01".encode()


def _xoauth2(user: str, token: str) -> Mechanism:
    # https://developers.google.com/workspace/gmail/imap/xoauth2-protocol: an error is answered by an empty line.
    return lambda challenge: b"" if challenge else f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
