"""Values of From, To, Message-ID and the like go in; addresses and ids come out, cleaned, never an error."""

import re
from dataclasses import dataclass
from itertools import islice

from bot.mail.reading.charsets import clean_line
from bot.mail.reading.headers import decode_words

ADDRESSES_READ = 40
IDS_READ = 200
ADDRESS_LIMIT = 320
ID_LIMIT = 900
NAME_LIMIT = 200

# One piece of an address list (RFC 5322, loosely): a quoted string, an angle, a separator, or anything else.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|[(),;:]|[^"<(),;:]+|["<]', re.DOTALL)
_ADDRESS = re.compile(r"""[^\s@<>()\[\]\\,;:"']{1,64}@[^\s@<>()\[\]\\,;:"'_]{1,255}""")
_LOCAL = r"""(?:"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])+"|[^\s@<>()\[\]\\,;:"]+)"""
_LABEL = r"[^\s@<>()\[\]\\,;:\"'._!#$%&*+/=?^`{|}~-](?:[^\s@<>()\[\]\\,;:\"'._!#$%&*+/=?^`{|}~]*)"
# Against the rules some hosts have an underscore in their names, but no domain at the top.
_HOST = _LABEL.replace("'._", "'.")
_VALID = re.compile(rf"{_LOCAL}@(?:(?:{_HOST}\.)*{_LABEL}|\[[0-9A-Fa-f.:IPv]+\])")
# "@relay,@mx:ada@example.org" (RFC 5321, F.2), and blanks around what parts an address.
_ROUTE = re.compile(r"\A\s*@[^:]*:\s*")
_AROUND = re.compile(r"\s*([.@])\s*")
# "Ada Quint [mailto:ada@example.org]", as Outlook shows it and people copy it.
_SQUARE = re.compile(r"\[(?:mailto:|smtp:)?([^\s@\[\]<>]{1,64}@[^\s@\[\]<>]{1,255})\]", re.IGNORECASE)
_IN_ANGLES = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True)
class Address:
    name: str
    address: str


@dataclass(frozen=True)
class _Entry:
    """What is written for one address, and the comments beside it."""

    marks: list[str]
    comments: list[str]

    @property
    def holds_an_address(self) -> bool:
        return any("@" in mark for mark in self.marks)


def addresses(value: str, defects: list[str]) -> list[Address]:
    """The valid addresses of a header value, in order, at most 40."""
    found = (_address(entry, defects) for entry in _entries(_SQUARE.sub(r"<\1>", value)))
    return list(islice((address for address in found if address is not None), ADDRESSES_READ))


def normal_address(text: str) -> str | None:
    """The address with its domain in lower case and without what mailers put around it; None when it is none."""
    text = _ROUTE.sub("", clean_line(text).strip("<>'\t ").removeprefix("mailto:").rstrip("."))
    text = _AROUND.sub(r"\1", text)
    local, _, domain = text.rpartition("@")
    address = f"{local}@{domain.lower()}"
    return address if len(address) <= ADDRESS_LIMIT and _VALID.fullmatch(address) else None


def wire_address(address: str) -> str:
    """As SMTP takes it without SMTPUTF8: the domain in ASCII. The local part is its owner's and stays."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    from email_validator import EmailNotValidError, validate_email

    try:
        # IDNA 2008: the codec of the standard library would turn ß into ss and write to somebody else.
        return f"{local}@{validate_email(f'x@{domain}', check_deliverability=False).ascii_domain}"
    except EmailNotValidError:
        return address


def ids(value: str) -> list[str]:
    """The message ids of References or In-Reply-To: those in angle brackets, else what looks like one."""
    words = _IN_ANGLES.findall(value) or [word for word in value.split() if "@" in word]
    return [found for word in words[:IDS_READ] if (found := normal_id(word))]


def normal_id(text: str) -> str:
    """A message id without brackets and blanks, its domain in lower case; empty when it is none."""
    text = "".join(clean_line(text).split()).strip("<>")
    left, at, domain = text.rpartition("@")
    normal = f"{left}{at}{domain.lower()}" if at else text
    return normal if len(normal) <= ID_LIMIT else ""


def _entries(value: str) -> list[_Entry]:
    """A group's name and its semicolon only separate. A name's comma separates nothing: "Quint, Ada <ada@…>"."""
    entries = [_Entry([], [])]
    depth = 0
    for mark in _TOKEN.findall(value):
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth = max(depth - 1, 0)
        elif depth:
            entries[-1].comments.append(mark)
        elif mark == ";" or (mark == "," and entries[-1].holds_an_address):
            entries.append(_Entry([], []))
        elif mark == ":" and not entries[-1].holds_an_address:
            entries[-1].marks.clear()
        else:
            entries[-1].marks.append(mark)
    return [entry for entry in entries if entry.marks]


def _address(entry: _Entry, defects: list[str]) -> Address | None:
    angles = [mark for mark in entry.marks if mark[0] == "<" and mark != "<"]
    for angle in angles:
        if (address := normal_address(angle)) is not None:
            name = "".join(mark for mark in entry.marks if mark not in angles)
            if len(angles) > 1:
                defects.append("address-ambiguous")
            return Address(_name(name, defects) or _name("".join(entry.comments), defects), address)
    text = "".join(entry.marks)
    if (address := normal_address(text)) is not None:
        return Address(_name("".join(entry.comments), defects), address)
    return _found_inside(text, defects)


def _found_inside(text: str, defects: list[str]) -> Address | None:
    """No brackets, or broken ones: the only thing in it that looks like an address, and the words before it."""
    text = decode_words(text, defects)
    candidates = list(_ADDRESS.finditer(text))
    address = normal_address(candidates[0][0]) if len(candidates) == 1 else None
    if address is None:
        return None
    defects.append("address-malformed")
    return Address(_name(text[: candidates[0].start()].rstrip("<( "), defects), address)


def _name(text: str, defects: list[str]) -> str:
    text = re.sub(r"\\(.)", r"\1", text.strip().strip('"'))
    return clean_line(decode_words(text, defects)).strip("\"', ")[:NAME_LIMIT]
