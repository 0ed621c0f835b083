"""The sections that name servers: the desk's database, mailboxes, the pushed mail's listener, the relay, the web."""

import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, PlainValidator, Strict, ValidationInfo, field_validator, model_validator

from models.config.oauth2 import OAuth2
from models.config.parts import (
    ConfigError,
    Count,
    DatabaseUrl,
    EnvironmentName,
    ExistingFile,
    FaultError,
    Port,
    Positive,
    Section,
    Text,
    Texts,
    Tls,
    is_loopback,
)

_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?")


def _desk_database(url: str) -> str:
    if not url.startswith(("sqlite", "postgresql+psycopg:")):
        raise ValueError("the desk itself lives on SQLite or PostgreSQL: write sqlite:///… or postgresql+psycopg://…")
    return url


class Database(Section):
    url: Annotated[DatabaseUrl, AfterValidator(_desk_database)]


class _Server(Section):
    """A server that we log in to; its password lies in a file or in the environment, never in the configuration."""

    host: Text
    port: Port
    tls: Tls
    ca_file: ExistingFile | None = None
    password_file: ExistingFile | None = None
    password_env: EnvironmentName | None = None

    @field_validator("tls")
    @classmethod
    def _clear_text_stays_at_home(cls, tls: Tls, info: ValidationInfo) -> Tls:
        if tls == "none" and not is_loopback(info.data.get("host", "localhost")):
            raise ValueError('"none" is for loopback only: write tls = "implicit" or "starttls"')
        return tls

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password_file and self.password_env:
            raise FaultError("password_env", said="excludes password_file: keep one of them")
        return self

    def password(self) -> str | None:
        """The password as it is now, read anew each time so that it may be changed under a running desk."""
        if self.password_env:
            return os.environ.get(self.password_env)
        return None if self.password_file is None else read_password(self.password_file)


def read_password(path: Path) -> str:
    try:
        return path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the password file {path} cannot be read: put it back, readable to the desk") from error


def _start(value: object) -> Literal["now", "all"] | date:
    if value == "now":
        return "now"
    if value == "all":
        return "all"
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError('write "now", "all" or a date like 2026-11-01') from error


def _after(value: str) -> str:
    if value != "leave" and not (value.startswith("move:") and value.removeprefix("move:").strip()):
        raise ValueError('write "leave" or "move:FOLDER"')
    return value


def _junk(value: str) -> str:
    if value not in ("find", "leave") and not (value.startswith("folder:") and value.removeprefix("folder:").strip()):
        raise ValueError('write "find", "leave" or "folder:NAME"')
    return value


def _with_port(section: object, ports: Mapping[str, int], *, tls: str) -> object:
    """The section with the usual port of its kind of TLS, where it names none."""
    if not isinstance(section, dict) or "port" in section:
        return section
    port = ports.get(section.get("tls", tls))
    return section if port is None else {**section, "port": port}


def _one_word(value: str) -> str:
    if not re.fullmatch(r"[^\s;()\"]*", value):
        raise ValueError("is no name of a server: write what stands before the first semicolon of its header")
    return value


AuthservId = Annotated[str, AfterValidator(_one_word)]


JUNK = "/junk"


def _is_no_door(name: str) -> str:
    if name.endswith(JUNK):
        raise ValueError(f"ends in {JUNK}, as the desk calls the junk folder of another mailbox: give it another name")
    if name in ("door", "form", "hand"):
        raise ValueError("is what the desk calls another way in: give the mailbox another name")
    return name


class Mailbox(_Server):
    name: Annotated[Text, AfterValidator(_is_no_door)]
    port: Port = 993
    tls: Tls = "implicit"
    user: Text
    oauth2: OAuth2 | None = None
    folder: Text = "INBOX"
    after: Annotated[str, AfterValidator(_after)] = "leave"
    start: Annotated[Literal["now", "all"] | date, PlainValidator(_start)] = "now"
    authserv_id: AuthservId = ""
    own_lists: Texts = ()
    junk: Annotated[str, AfterValidator(_junk)] = "find"

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, section: Any) -> Any:
        return _with_port(section, {"implicit": 993, "starttls": 143, "none": 143}, tls="implicit")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = sum(way is not None for way in (self.password_file, self.password_env, self.oauth2))
        if ways != 1:
            said = "exactly one of password_file, password_env and [mailboxes.oauth2] is needed"
            raise FaultError("password_file", said=said)
        return self

    @property
    def move_to(self) -> str | None:
        """The folder that read mail is moved to, or None where it is left."""
        return None if self.after == "leave" else self.after.removeprefix("move:").strip()

    @property
    def junk_folder(self) -> str | None:
        """The folder that is named as the one for spam, or None where the server is asked."""
        return self.junk.removeprefix("folder:").strip() if self.junk.startswith("folder:") else None

    @property
    def junk_name(self) -> str:
        """Of the junk folder: it has a cursor of its own, and what is moved from there to the inbox is a new mail."""
        return f"{self.name}{JUNK}"

    def as_junk(self, folder: str) -> "Mailbox":
        """Its junk folder, of which nothing is moved."""
        return self.model_copy(update={"name": self.junk_name, "folder": folder, "after": "leave"})


class Listener(Section):
    protocol: Literal["lmtp", "smtp"] = "lmtp"
    host: Text = "127.0.0.1"
    port: Port = 8024
    authserv_id: AuthservId = ""
    own_lists: Texts = ()


class Smtp(_Server):
    port: Port = 587
    tls: Tls = "starttls"
    user: Text | None = None
    oauth2: OAuth2 | None = None
    per_minute: Count = 60
    plus: bool = False

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, section: Any) -> Any:
        return _with_port(section, {"implicit": 465, "starttls": 587, "none": 25}, tls="starttls")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        password = self.password_file is not None or self.password_env is not None
        if password and self.oauth2 is not None:
            raise FaultError("oauth2", said="excludes password_file and password_env: keep one way to log in")
        if (self.user is None) != (not password and self.oauth2 is None):
            missing = "user" if self.user is None else "password_file"
            raise FaultError(missing, said="user and password_file (or _env) go together: keep both or neither")
        return self


def _frame_ancestor(value: str) -> str:
    """It goes into a header that is a list of its own: what is more than one origin would say something else there."""
    if value != "'self'" and not _ORIGIN.fullmatch(value):
        raise ValueError("is no web origin: write https://HOST, https://*.DOMAIN or 'self'")
    return value


class Web(Section):
    host: Text = "127.0.0.1"
    port: Port = 8000
    trusted_proxies: Count = 0
    frame_ancestors: Annotated[tuple[Annotated[Text, AfterValidator(_frame_ancestor)], ...], Strict(False)] = ()
    metrics_token_file: ExistingFile | None = None

    def metrics_token(self) -> str | None:
        """The bearer token that opens /metrics to others than loopback."""
        return None if self.metrics_token_file is None else read_password(self.metrics_token_file)


class Retention(Section):
    raw_mail_days: Positive = 90
    closed_tickets_days: Positive = 730
