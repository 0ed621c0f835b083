"""The ``[desk]`` section: who we are, whose law holds, in which languages we write, how much we let others cause."""

import zoneinfo
from collections.abc import Collection
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, field_validator, model_validator
from pydantic import Field as Key

from models.config.parts import Address, ExistingFile, FaultError, Positive, Section, Text, Texts, is_loopback
from models.rules.reading import LANGUAGES


class Limits(Section):
    """How much strangers can make us do, and how long a queue may grow (security.md: each number in one place)."""

    letters_per_address_per_day: Positive = 3
    form_letters_per_hour: Positive = 200
    form_posts_per_hour: Positive = 10
    wrong_tokens_per_minute: Positive = 10
    mails_per_sender_per_day: Positive = 1_000
    message_bytes: Annotated[int, Key(ge=100_000)] = 25_000_000
    spool_limit: Positive = 100_000
    outbox_limit: Positive = 100_000


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    _ = parts.port  # raises ValueError where the port is no number
    return parts


def _base_url(url: str) -> str:
    """Cookies and the Host rule stand on this, so it is an origin and nothing more."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("is no web address: write https://HOST")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be scheme and host alone: the desk lives at the root of its host")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("plain http is for loopback only, since links in letters are rights: write https://")
    return f"{parts.scheme}://{parts.netloc}"


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError("is no time zone: write one like Europe/Berlin") from error
    return name


def _known_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [language for language in languages if language not in LANGUAGES]
    if unknown:
        raise ValueError(f"unknown language {', '.join(unknown)}: take from {', '.join(LANGUAGES)}")
    return languages


class Desk(Section):
    name: Text
    address: Address
    base_url: Annotated[Text, AfterValidator(_base_url)]
    secret_file: ExistingFile
    law: Literal["gdpr", "uk", "ccpa", "lgpd"] = "gdpr"
    country: Text
    subdivision: str | None = Key(default=None, validate_default=True)
    timezone: Annotated[Text, AfterValidator(_known_zone)]
    languages: Annotated[Texts, Key(min_length=1), AfterValidator(_known_languages)] = LANGUAGES
    threshold: Annotated[float, Key(ge=0, le=1)] = 0.85
    controller: str = ""
    authority: str = ""
    contact: Annotated[Address | None, BeforeValidator(lambda value: value or None)] = None
    alarm_address: Annotated[Address | None, BeforeValidator(lambda value: value or None)] = None
    canary: bool = False
    recipients: Texts = ()
    aliases: Annotated[tuple[Address, ...], Key(strict=False)] = ()
    local_part_case: bool = False
    learn_from_desk: bool = False
    limits: Limits = Limits()

    @field_validator("country")
    @classmethod
    def _country_has_a_calendar(cls, country: str) -> str:
        if country not in _calendars():
            raise ValueError("no calendar of public holidays for it: write a code of two capital letters like DE")
        return country

    @field_validator("subdivision")
    @classmethod
    def _subdivision_has_a_calendar(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        known = _calendars().get(info.data.get("country", ""), ()) if subdivision else ()
        if subdivision and "country" in info.data and subdivision not in known:
            choice = f"take from {', '.join(known)}" if known else "leave it out"
            raise ValueError(f"unknown in {info.data['country']}: {choice}")
        return subdivision

    @model_validator(mode="after")
    def _alarms_reach_a_person(self) -> Self:
        if self.alarm_address and self.alarm_address.lower() in self.addresses:
            raise FaultError(
                "alarm_address", said="is read by the desk itself: name one that a person reads elsewhere"
            )
        return self

    @property
    def secure(self) -> bool:
        """Whether cookies are Secure and __Host-."""
        return self.base_url.startswith("https:")

    @property
    def host(self) -> str:
        """What a Host header must say."""
        return urlsplit(self.base_url).netloc

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is ours: none of them is ever answered (lower-cased)."""
        return frozenset(address.lower() for address in (self.address, *self.aliases))

    def language_for(self, detected: str, available: Collection[str]) -> str:
        """In which language we write: theirs where the desk speaks it, else the first one the desk has letters in."""
        if detected in self.languages and detected in available:
            return detected
        return next((language for language in self.languages if language in available), self.languages[0])


def _calendars() -> dict[str, list[str]]:
    import holidays  # 0.3 s that only the loading of a configuration needs

    return dict(holidays.list_supported_countries(include_aliases=True))
