"""The present moment goes in; out come mails as customers write them, as raw bytes, each with its age."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from importlib import resources
from typing import Any, NamedTuple

from bot.demo.config import ADDRESS
from models.rules.kinds import Kind

_TO = f"Example Shop <{ADDRESS}>"
# What a person quotes was written by the shop this much earlier.
_QUOTED_BEFORE = timedelta(hours=44)


class Sample(NamedTuple):
    raw: bytes
    age: timedelta


@dataclass(frozen=True)
class Source:
    """A mail as it lies in ``mails/*.toml``; ``kinds`` is what a person would sort it as (empty: a machine's)."""

    name: str
    hours_ago: int
    sender: str
    subject: str = ""
    text: str = ""
    html: str = ""
    reply: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""
    kinds: tuple[Kind, ...] = ()

    @property
    def age(self) -> timedelta:
        return timedelta(hours=self.hours_ago)


def samples(now: datetime) -> list[Sample]:
    """The oldest first; their ids are the same at each start, so that a desk which has them knows them again."""
    known = sorted(sources(), key=lambda source: -source.hours_ago)
    return [Sample(_raw(source, now - source.age), source.age) for source in known]


def sources() -> list[Source]:
    folder = resources.files("bot.demo").joinpath("mails")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return [source for file in files for source in _read(file.read_text("utf-8"))]


def _read(text: str) -> Iterator[Source]:
    for mail in tomllib.loads(text)["mail"]:
        told: dict[str, Any] = {**mail, "kinds": tuple(Kind(kind) for kind in mail["kinds"])}
        yield Source(**told)


def _raw(source: Source, at: datetime) -> bytes:
    if source.raw:
        text = source.raw.format(date=format_datetime(at), to=_TO, id=_id(source))
        return text.replace("\n", "\r\n").encode("utf-8")
    mail = EmailMessage(policy=SMTP)
    _address(mail, source, at)
    _fill(mail, source, at - _QUOTED_BEFORE)
    if mail.is_multipart():
        # A boundary by chance would make another mail of it at each start.
        mail.set_boundary(f"=_{source.name}")
    return mail.as_bytes()


def _address(mail: EmailMessage, source: Source, at: datetime) -> None:
    name, address = parseaddr(source.sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = _TO
    mail["Subject"] = source.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = _id(source)
    if source.reply:
        mail["In-Reply-To"] = mail["References"] = f"<order-mail.{source.name}@shop.example.com>"
    for header, value in source.headers.items():
        mail[header] = value


def _fill(mail: EmailMessage, source: Source, quoted: datetime) -> None:
    if source.text:
        mail.set_content(source.text.format(quoted=quoted), cte="quoted-printable")
    if source.html and source.text:
        mail.add_alternative(source.html, subtype="html", cte="quoted-printable")
    elif source.html:
        mail.set_content(source.html, subtype="html", cte="quoted-printable")


def _id(source: Source) -> str:
    return f"<{source.name}.sample@{parseaddr(source.sender)[1].rpartition('@')[2]}>"
