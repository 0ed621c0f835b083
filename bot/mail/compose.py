"""The facts of a letter go in; the bytes that SMTP carries come out, the same for the same facts."""

import binascii
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from bot.mail.addresses import wire_address

REFERENCES_LIMIT = 1500
LINE_LIMIT = 78
# With "Subject: " before it an encoded word of these still fits into a line (RFC 2047, 2).
OCTETS_A_WORD = 39

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[^\s<>\x00-\x1f\x7f-\x9f]+")


class LetterError(ValueError):
    """A letter that must not leave: an address or a header name that is none."""


class _Lean(EmailPolicy):
    """Takes values that need neither folding nor encoding as they are: the standard way parses each one, twice."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if len(str(value).splitlines()) > 1:
            raise LetterError("a header of several lines")
        return name, value

    def header_max_count(self, name: str) -> int | None:
        return None

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value

    def fold(self, name: str, value: Any) -> str:
        line, *words = f"{name}: {value}".split(" ")
        lines = []
        for word in words:
            if len(line) + 1 + len(word) > LINE_LIMIT and line[-1:] != ":":
                lines.append(line)
                line = ""
            line = f"{line} {word}"
        return self.linesep.join([*lines, line]) + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


_ASCII = _Lean(linesep="\r\n", max_line_length=LINE_LIMIT)
_UTF8 = _Lean(linesep="\r\n", max_line_length=LINE_LIMIT, utf8=True)


def compose(
    *,
    sender: str,
    sender_name: str,
    recipient: str,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    in_reply_to: str | None,
    references: tuple[str, ...],
    headers: Mapping[str, str],
    date: datetime,
) -> bytes:
    """A letter of text and, where given, HTML. Line ends in values become blanks: no value makes a header."""
    from_, to = _address(sender, sender_name), _address(recipient, "")
    letter = EmailMessage(policy=_ASCII if (from_.addr_spec + to.addr_spec).isascii() else _UTF8)
    letter["From"], letter["To"] = _mailbox(from_), _mailbox(to)
    letter["Subject"] = _words(_one_line(subject))
    letter["Date"] = format_datetime(date)
    letter["MIME-Version"] = "1.0"
    letter["Message-ID"] = _bracketed([message_id])
    if in_reply_to:
        letter["In-Reply-To"] = _bracketed([in_reply_to])
    if kept := _shortened(references):
        letter["References"] = _bracketed(kept)
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name in letter:
            raise LetterError("not a header of ours")
        letter[name] = _words(_one_line(value))
    _write(letter, text, html, boundary=f"=_{sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:32]}")
    return letter.as_bytes()


def _write(letter: EmailMessage, text: str, html: str | None, *, boundary: str) -> None:
    if html is None:
        _fill(letter, text, "plain")
        return
    # Chance would make another letter of each try.
    letter["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    for content, subtype in ((text, "plain"), (html, "html")):
        part = EmailMessage(policy=letter.policy)
        _fill(part, content, subtype)
        letter.attach(part)


def _fill(part: EmailMessage, text: str, subtype: str) -> None:
    """Quoted-printable keeps links whole and lines short, and passes where 8 bit do not."""
    octets = _UNSPEAKABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(binascii.b2a_qp(octets, istext=True).decode("ascii"))


def _address(address: str, name: str) -> Address:
    local, _, domain = wire_address(address).rpartition("@")
    if not local or not domain or _CONTROL.search(address) or any(mark in address for mark in " <>,;"):
        raise LetterError("not an address")
    return Address(_one_line(name), local, domain)


def _mailbox(address: Address) -> str:
    if address.display_name.isascii():
        return str(address)
    return f"{_words(address.display_name)} <{address.addr_spec}>"


def _words(value: str) -> str:
    """RFC 2047 from the first to the last word that needs it; the reference in a subject stays readable."""
    words = value.split(" ")
    foreign = [number for number, word in enumerate(words) if not word.isascii() or "=?" in word]
    if not foreign:
        return value
    first, last = foreign[0], foreign[-1] + 1
    return " ".join([*words[:first], *_encoded(" ".join(words[first:last])), *words[last:]])


def _encoded(text: str) -> Iterator[str]:
    """Pieces that fit into an encoded word and cut no character in two."""
    while text:
        piece = text[:OCTETS_A_WORD]
        while len(piece.encode()) > OCTETS_A_WORD:
            piece = piece[:-1]
        text = text[len(piece) :]
        yield f"=?utf-8?b?{b64encode(piece.encode()).decode('ascii')}?="


def _one_line(value: str) -> str:
    return " ".join(_CONTROL.sub(" ", value).split())


def _bracketed(ids: Sequence[str]) -> str:
    if not all(_ID.fullmatch(one) for one in ids):
        raise LetterError("not a message id")
    return " ".join(f"<{one}>" for one in ids)


def _shortened(references: tuple[str, ...]) -> list[str]:
    """The first and the most recent: relays refuse header blocks over 4 kB."""
    valid = [one for one in references if _ID.fullmatch(one) and len(one) < REFERENCES_LIMIT // 2]
    room = REFERENCES_LIMIT - sum(len(one) + 3 for one in valid[:1])
    recent: list[str] = []
    for one in reversed(valid[1:]):
        room -= len(one) + 3
        if room < 0:
            break
        recent.insert(0, one)
    return valid[:1] + recent
