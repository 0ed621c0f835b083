"""The path of a TOML file goes in; out comes the ``Config``, or every fault of the file with its path and line."""

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic import Field as Key
from pydantic import model_validator

from models.config.customers import Customer
from models.config.desk import Desk
from models.config.lines import KeyPath, line_of, lines_of
from models.config.parts import ConfigError, FaultError, Section, Surroundings
from models.config.servers import Database, Listener, Mailbox, Retention, Smtp, Web


class Config(Section):
    """All that a desk is told; mailboxes, listener, smtp and customers may be missing."""

    desk: Desk
    database: Database
    mailboxes: Annotated[tuple[Mailbox, ...], Key(strict=False)] = ()
    listener: Listener | None = None
    smtp: Smtp | None = None
    web: Web = Web()
    customers: Annotated[tuple[Customer, ...], Key(strict=False)] = ()
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> "Config":
        for section in ("mailboxes", "customers"):
            names = [part.name for part in getattr(self, section)]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise FaultError(section, said=f"two of them are named {', '.join(twice)}: give each its own name")
        return self

    @model_validator(mode="after")
    def _plus_fits(self) -> "Config":
        """No mail server need take a local part of more than 64 octets (RFC 5321, 4.5.3.1.1)."""
        room = 64 - len("+") - len("7F3K2QXM") - len(".") - len("0123456789abcdef")
        if self.plus and len(self.desk.address.rpartition("@")[0].encode()) > room:
            raise FaultError("smtp", "plus", said=f"desk.address has more than {room} octets before its @: keep false")
        return self

    @model_validator(mode="after")
    def _alarms_have_a_way_out(self) -> "Config":
        if self.desk.alarm_address and self.smtp is None:
            raise FaultError("desk", "alarm_address", said="needs a mail server: write a section [smtp], or remove it")
        return self

    @model_validator(mode="after")
    def _canaries_can_fly(self) -> "Config":
        if self.desk.canary and (self.smtp is None or not (self.mailboxes or self.listener)):
            raise FaultError("desk", "canary", said="needs [smtp], and [[mailboxes]] or [listener]: or write false")
        return self

    @property
    def plus(self) -> bool:
        """Whether what is sent to support+anything@ arrives, so that letters carry addresses that name them."""
        return self.smtp is not None and self.smtp.plus

    def password_files(self) -> dict[str, Path]:
        """Every password file by the path of its key; ``check`` warns of those that the world can read."""
        sections: dict[str, Mailbox | Smtp] = {f"mailboxes[{n}]": one for n, one in enumerate(self.mailboxes)}
        if self.smtp is not None:
            sections["smtp"] = self.smtp
        named = {"web.metrics_token_file": self.web.metrics_token_file}
        for key, section in sections.items():
            named[f"{key}.password_file"] = section.password_file
            if section.oauth2 is not None:
                named[f"{key}.oauth2.client_secret_file"] = section.oauth2.client_secret_file
                named[f"{key}.oauth2.refresh_token_file"] = section.oauth2.refresh_token_file
        return {key: path for key, path in named.items() if path is not None}


def find_config(option: Path | None, env: Mapping[str, str]) -> Path:
    """Which file is meant: ``--config``, else ``RIGHTSDESK_CONFIG``, else ``./config.toml``."""
    return option or Path(env.get("RIGHTSDESK_CONFIG") or "config.toml")


def load(path: Path, *, env: Mapping[str, str] | None = None) -> Config:
    """The configuration in this file; raises ConfigError with every fault, its path, its line and how to mend it."""
    text = _read(path)
    folder = path.absolute().parent
    around = Surroundings(folder, os.environ if env is None else env)
    try:
        return Config.model_validate(_parsed(path, text), context=around)
    except pydantic.ValidationError as error:
        found = lines_of(text)
        faults = [_fault(details, found) for details in error.errors(include_url=False, include_input=False)]
        raise ConfigError("\n".join(faults)) from None  # the original holds the values, secrets among them


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}: rightsdesk init writes one, --config names another") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not in UTF-8: save it as such") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): make it readable to the desk") from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error


def _fault(details: Any, found: Mapping[KeyPath, int]) -> str:
    where = _path(details)
    line = line_of(found, where)
    place = f"{_dotted(where) or 'configuration'} (line {line})" if line else _dotted(where) or "configuration"
    return f"{place}: {_said(details, where)}"


def _path(details: Any) -> KeyPath:
    """Where the fault is: pydantic's location, led on by a FaultError to the key that it means."""
    location: KeyPath = details["loc"]
    error = details.get("ctx", {}).get("error")
    return (*location, *error.at) if isinstance(error, FaultError) else location


def _dotted(path: KeyPath) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _said(details: Any, where: KeyPath) -> str:
    match details["type"]:
        case "missing":
            return f"is missing: write {_example(where)}"
        case "extra_forbidden":
            return f"unknown key: {_instead(where)}"
        case "value_error":
            return str(details["ctx"]["error"])
        case _:
            return f"{details['msg'][:1].lower()}{details['msg'][1:]}: mend the value"


def _example(where: KeyPath) -> str:
    name = where[-1]
    return f"a section [{name}]" if len(where) == 1 else f"{name} = … there"


def _instead(where: KeyPath) -> str:
    known = _keys_at(where[:-1])
    close = difflib.get_close_matches(str(where[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"remove it (known here: {', '.join(sorted(known))})"


def _keys_at(path: KeyPath) -> list[str]:
    """The keys that the section at this path knows."""
    here: Any = Config
    for step in path:
        here = _bare(_bare(here).model_fields[step].annotation if _is_section(_bare(here)) else _members(here))
    return list(here.model_fields)


def _bare(annotation: Any) -> Any:
    """The annotation without ``Annotated`` and without ``| None``."""
    if typing.get_origin(annotation) is Annotated:
        return _bare(typing.get_args(annotation)[0])
    if isinstance(annotation, types.UnionType):
        return _bare(next(part for part in typing.get_args(annotation) if part is not types.NoneType))
    return annotation


def _members(annotation: Any) -> Any:
    """What ``tuple[X, ...]`` and ``dict[str, X]`` hold: X."""
    arguments = typing.get_args(annotation)
    return arguments[1] if typing.get_origin(annotation) is dict else arguments[0]


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
