"""A connection to the relay goes in, not yet logged in; the same comes out logged in, by the best that it offers."""

import base64
import binascii
import smtplib

from bot.mail.login import oauth2, sasl

LINE_LIMIT = 510
"""Octets of a command without its end. RFC 4954, 4: a first answer that makes it longer waits for its challenge."""
CHALLENGES = 5
SPEAKS_FIRST = frozenset({"PLAIN", "OAUTHBEARER", "XOAUTH2"})
# RFC 4954, 6 and 4: credentials that are wrong, or that do not do by themselves.
REFUSED = frozenset({534, 535})


def log_in(connection: smtplib.SMTP, user: str, secret: str | oauth2.Tokens) -> None:
    """With a password, or with the tokens of a provider.

    Raises SMTPAuthenticationError, SMTPNotSupportedError where nothing offered is known here, SMTPResponseException
    for what is no word about user and password, TokenError.
    """
    if isinstance(secret, str):
        name = _offered(connection, sasl.BY_PASSWORD)
        _exchange(connection, name, sasl.by_password(name, user, secret))
    else:
        oauth2.log_in(secret, lambda access: _show(connection, user, access))


def _show(connection: smtplib.SMTP, user: str, access: str) -> None:
    name = _offered(connection, sasl.BY_TOKEN)
    try:
        _exchange(connection, name, sasl.by_token(name, user, access))
    except smtplib.SMTPAuthenticationError as error:
        raise oauth2.NotTakenError from error


def _offered(connection: smtplib.SMTP, wanted: tuple[str, ...]) -> str:
    name = sasl.chosen(wanted, connection.esmtp_features.get("auth", "").split())
    if name is None:
        raise smtplib.SMTPNotSupportedError(f"AUTH {' or '.join(wanted)}")
    return name


def _exchange(connection: smtplib.SMTP, name: str, mechanism: sasl.Mechanism) -> None:
    """RFC 4954, 4: one mechanism, once. A second one with the same password would count as a second wrong try."""
    command, first = f"AUTH {name}", _coded(mechanism(b"")) if name in SPEAKS_FIRST else ""
    if first and len(command) + 1 + len(first) <= LINE_LIMIT:
        command, first = f"{command} {first}", ""
    code, text = connection.docmd(command)
    for _ in range(CHALLENGES):
        if code != 334:
            break
        # An answer that had to wait is sent to the empty challenge that asks for it.
        answer, first = first or _coded(mechanism(_decoded(text))), ""
        code, text = connection.docmd(answer)
    _accept(code, text)


def _accept(code: int, text: bytes) -> None:
    if code in REFUSED:
        raise smtplib.SMTPAuthenticationError(code, text)
    if code != 235:
        raise smtplib.SMTPResponseException(code, text)


def _coded(answer: bytes) -> str:
    return base64.b64encode(answer).decode("ascii")


def _decoded(challenge: bytes) -> bytes:
    try:
        return base64.b64decode(challenge)
    except binascii.Error:
        return b"?"  # whatever it was meant to be, it is no empty challenge
