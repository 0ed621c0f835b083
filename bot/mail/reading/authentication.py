"""The header fields of a mail go in; out comes whether our mail server says that the sender's domain vouches for it.

RFC 8601, read so that it fails closed: whatever is odd, doubled or out of its place is no verdict.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.mail.reading.addresses import wire_address

FIELD, TRACE = "authentication-results", "received"
LONGEST = 8 * 1024
BELOW_ITS_OWN = frozenset({"mx.google.com"})
"""Who writes the verdict below its own Received, and takes away what others wrote in its name."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SPACE = re.compile(r"[ \t]+")
_COMMENT = re.compile(r"[^()\\]+|\\.|[()]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_TOKEN = re.compile(r'[^\s()<>@,;:\\"/\[\]?=]+')
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_VALUE = re.compile(r'[^\s();"\\]+')
_NUMBER = re.compile(r"[0-9]+")
_MARK = {mark: re.compile(re.escape(mark)) for mark in ";=./"}
_WORD = re.compile(r'[^\s();"]+|[";]')
_PLACE = re.compile(r"[0-9A-Fa-f:.]{3,}")
_LOCAL = frozenset({"lmtp", "lmtps", "lmtpa", "lmtpsa"})


class OddError(Exception):
    """The field is not as RFC 8601 has it."""


@dataclass(frozen=True)
class Result:
    """``dmarc=pass header.from=shop.example``: all names in lower case."""

    method: str
    value: str
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Report:
    """One field: who says it, and what was found."""

    server: str
    results: tuple[Result, ...]


def is_vouched_for(fields: Sequence[tuple[str, bytes]], sender: str, authserv_id: str) -> bool:
    """Whether the topmost report is of our server, above all that came in from outside, and has the one DMARC result:
    a pass for the very domain of ``sender``, the only author. ``fields`` stand in their order, names in lower case."""
    try:
        reports = [read_report(value) for name, value in _trusted(fields, authserv_id) if name == FIELD]
    except OddError:
        return False
    if not reports or reports[0].server != authserv_id.lower():
        return False
    found = [
        result for report in reports if report.server == reports[0].server for result in report.results
        if result.method == "dmarc"
    ]  # fmt: skip
    return len(found) == 1 and found[0] in reports[0].results and _is_pass_for(found[0], sender)


def read_report(value: bytes) -> Report:
    """Raises OddError."""
    text = _text(value)
    scan = _Scanner(text)
    server = scan.must(scan.quoted() or scan.take(_TOKEN))
    version = scan.take(_NUMBER)
    if version not in (None, "1"):
        raise OddError("a version that we do not know")
    results: list[Result] = []
    while not scan.at_end:
        scan.mark(";")
        method = scan.keyword()
        if method == "none" and not results and scan.at_end:
            break
        results.append(_result(scan, method))
    return Report(server.lower(), tuple(results))


class _Scanner:
    """Walks over the text; blanks and comments, which may stand anywhere, are passed over after each piece."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._pass_over()

    @property
    def at_end(self) -> bool:
        return self._at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        piece = self._piece(pattern)
        self._pass_over()
        return piece

    def quoted(self) -> str | None:
        piece = self.take(_QUOTED)
        return None if piece is None else _unquoted(piece)

    def must(self, piece: str | None) -> str:
        if not piece:
            raise OddError("something is missing")
        return piece

    def keyword(self) -> str:
        return self.must(self.take(_KEYWORD)).lower()

    def mark(self, mark: str) -> None:
        self.must(self.take(_MARK[mark]))

    def value(self) -> str:
        """A word, or an address, of which parts may be quoted; nothing stands between the parts."""
        pieces = []
        while (piece := self._piece(_VALUE) or self._piece(_QUOTED)) is not None:
            pieces.append(_unquoted(piece))
        self._pass_over()
        return self.must("".join(pieces))

    def _piece(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[0]

    def _pass_over(self) -> None:
        while self._piece(_SPACE) is not None or self._comment():
            pass

    def _comment(self) -> bool:
        """A comment may hold comments (RFC 5322, 3.2.2)."""
        if not self._text.startswith("(", self._at):
            return False
        depth = 0
        while True:
            piece = self.must(self._piece(_COMMENT))
            depth += {"(": 1, ")": -1}.get(piece, 0)
            if not depth:
                return True


def _result(scan: _Scanner, method: str) -> Result:
    if scan.take(_MARK["/"]) and scan.take(_NUMBER) != "1":
        raise OddError("a version that we do not know")
    scan.mark("=")
    value = scan.keyword()
    properties: list[tuple[str, str]] = []
    reasons = 0
    while (name := scan.take(_KEYWORD)) is not None:
        if name.lower() == "reason" and not properties and not reasons:
            reasons += 1
            scan.mark("=")
            scan.value()
            continue
        scan.mark(".")
        name = f"{name.lower()}.{scan.keyword()}"
        scan.mark("=")
        properties.append((name, scan.value()))
    return Result(method, value, tuple(properties))


def _is_pass_for(result: Result, sender: str) -> bool:
    froms = [value for name, value in result.properties if name == "header.from"]
    if result.value != "pass" or len(froms) != 1:
        return False
    domain = sender.rpartition("@")[2]
    return bool(domain) and _domain(froms[0]) == _domain(domain)


def _domain(text: str) -> str:
    return wire_address(f"x@{text.lower()}")


def _trusted(fields: Sequence[tuple[str, bytes]], authserv_id: str) -> Iterator[tuple[str, bytes]]:
    """What stands above the Received by which the mail came in: all below it may be a stranger's."""
    for name, value in fields:
        if name == TRACE and _came_in(value, authserv_id.lower()):
            return
        yield name, value


def _came_in(value: bytes, authserv_id: str) -> bool:
    """Whether it came from elsewhere at this hop: not within one machine, and not by the protocol of last hops."""
    try:
        text = _text(value)
        by, protocol, has_source = _hop(text)
    except OddError:
        return True
    if not has_source or protocol in _LOCAL or (by == authserv_id and by in BELOW_ITS_OWN):
        return False
    places = [place for word in _PLACE.findall(text.replace("IPv6:", " ")) if (place := _place(word)) is not None]
    return not places or not all(place.is_loopback for place in places)


def _hop(text: str) -> tuple[str, str, bool]:
    """By whom, with which protocol, and whether it says from whom (RFC 5321, 4.4)."""
    scan, words = _Scanner(text), []
    while (word := scan.take(_WORD)) not in (None, ";"):
        words.append(str(word).lower())
    has_source = words[:1] == ["from"]
    # What the client calls itself may be any word, and more than one.
    rest = words[2:] if has_source else words
    if rest.count("by") != 1 or rest.count("with") > 1:
        raise OddError("nobody, or several")
    by, protocol = ("".join(rest[rest.index(word) + 1 :][:1]) if word in rest else "" for word in ("by", "with"))
    return by, protocol, has_source


def _place(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(word.strip(".:") if "::" not in word else word)
    except ValueError:
        return None


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise OddError("no UTF-8") from None
    if len(value) > LONGEST or _CONTROL.search(text):
        raise OddError("too long, or a control character")
    return text


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece[1:-1]) if piece.startswith('"') else piece
