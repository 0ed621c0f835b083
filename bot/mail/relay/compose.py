"""The facts of a letter go in; the bytes that SMTP carries come out, the same for the same facts."""

import binascii
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from bot.mail.reading.addresses import wire_address

REFERENCES_LIMIT = 1500
LINE_LIMIT = 78
# With "Subject: " before it an encoded word of these still fits into a line (RFC 2047, 2).
OCTETS_A_WORD = 39

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[!-;=?-~]+")


class LetterError(ValueError):
    """A letter that must not leave: an address or a header name that is none."""


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
    header = {
        "From": _mailbox(from_),
        "To": _mailbox(to),
        "Subject": _words(_one_line(subject)),
        "Date": format_datetime(date),
        "MIME-Version": "1.0",
        "Message-ID": _bracketed([message_id]),
    }
    if in_reply_to and _ID.fullmatch(in_reply_to):
        header["In-Reply-To"] = _bracketed([in_reply_to])
    if kept := _shortened(references):
        header["References"] = _bracketed(kept)
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name in header:
            raise LetterError("not a header of ours")
        header[name] = _words(_one_line(value))
    # Chance would make another letter of each try.
    boundary = f"=_{sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return _folded(header) + (
        _part(text, "plain") if html is None else _alternatives(text, _with_id(html, message_id), boundary)
    )


def _folded(header: Mapping[str, str]) -> bytes:
    """The header block as it goes over the wire; what stands outside ASCII is an address for SMTPUTF8."""
    return "".join(f"{_fold(name, value)}\r\n" for name, value in header.items()).encode("utf-8", "surrogateescape")


def _fold(name: str, value: str) -> str:
    line, *words = f"{name}: {value}".split(" ")
    lines = []
    for word in words:
        if len(line) + 1 + len(word) > LINE_LIMIT and line[-1:] != ":":
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line])


def _with_id(html: str, message_id: str) -> str:
    """The id once more where answers quote it unseen: some relays give each mail an id of their own (mail.md 3.6)."""
    body, end, rest = html.rpartition("</body>")
    return f'{body}<div style="display:none">{escape(message_id)}</div>{end}{rest}' if end else html


def _alternatives(text: str, html: str, boundary: str) -> bytes:
    """The plain text and the HTML of one letter (RFC 2046, 5.1.4)."""
    head = _folded({"Content-Type": f'multipart/alternative; boundary="{boundary}"'})
    line = f"--{boundary}".encode()
    return b"\r\n".join([head, line, _part(text, "plain"), line, _part(html, "html"), line + b"--", b""])


def _part(text: str, subtype: str) -> bytes:
    """Quoted-printable keeps links whole and lines short, and passes where 8 bit do not."""
    octets = _UNSPEAKABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + binascii.b2a_qp(octets, istext=True).replace(b"\n", b"\r\n")


def _address(address: str, name: str) -> Address:
    local, _, domain = wire_address(address).rpartition("@")
    if not local or not domain or _CONTROL.search(address) or any(mark in address for mark in " <>,;"):
        raise LetterError("not an address")
    return Address(_one_line(name), local, domain)


def _mailbox(address: Address) -> str:
    if address.display_name.isascii():
        return str(address)
    # The whole name: a dot or a comma beside an encoded word would be no word of a name (RFC 5322, 3.2.5).
    return f"{' '.join(_encoded(address.display_name))} <{address.addr_spec}>"


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
