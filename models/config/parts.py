"""What every section of the configuration is made of: strict sections, paths, hosts, addresses, URLs."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Strict, StringConstraints, ValidationInfo
from pydantic import Field as Key

_SQLITE = re.compile(r"sqlite(\+\w+)?:///(?!/)(?!file:)(?P<path>[^?]+)")
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_URL = re.compile(r"[a-z][a-z0-9_+]*://")


class ConfigError(Exception):
    """The configuration cannot be used; the text says where in it and how to mend it, a line a fault."""


class FaultError(ValueError):
    """A fault that shows only when a whole section is seen; ``at`` leads on from the section to the key at fault."""

    def __init__(self, *at: str | int, said: str) -> None:
        super().__init__(said)
        self.at = at


@dataclass(frozen=True)
class Surroundings:
    """What a configuration is read against: the folder of its file, and the environment."""

    folder: Path
    env: Mapping[str, str]


class Section(BaseModel):
    """A table of the file: no unknown key, no coerced type, no change after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def surroundings(info: ValidationInfo) -> Surroundings:
    context = info.context
    if not isinstance(context, Surroundings):
        raise TypeError("sections are validated by load(), which says in which folder")
    return context


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _beside_the_file(value: object, info: ValidationInfo) -> object:
    return surroundings(info).folder / value if isinstance(value, str) else value


def _there(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}: write it, or name another")
    return path


def _resolved_url(url: str, info: ValidationInfo) -> str:
    if not _URL.match(url):
        raise ValueError("is no SQLAlchemy URL: write sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    if re.match(r"sqlite(\+\w+)?:(//)?(/:memory:)?(\?|$)", url):
        raise ValueError("a database in memory is gone with the process: write sqlite:///PATH")
    relative = _SQLITE.match(url)
    if relative is None:
        return url
    start, end = relative.span("path")
    return f"{url[:start]}{surroundings(info).folder / url[start:end]}{url[end:]}"


def _in_environment(name: str, info: ValidationInfo) -> str:
    if name not in surroundings(info).env:
        raise ValueError(f"the environment has no {name}: set it, or write password_file")
    return name


def _one_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("is no e-mail address: write name@domain")
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Texts = Annotated[tuple[Text, ...], Strict(False)]
EnvironmentName = Annotated[Text, AfterValidator(_in_environment)]
Address = Annotated[str, AfterValidator(_one_address)]
Port = Annotated[int, Key(ge=0, le=65535)]
Count = Annotated[int, Key(ge=0)]
Positive = Annotated[int, Key(ge=1)]
Tls = Literal["implicit", "starttls", "none"]
DatabaseUrl = Annotated[str, AfterValidator(_resolved_url)]
# A named secret that is not there is refused when the file is read, not when a letter is due.
ExistingFile = Annotated[Path, Strict(False), BeforeValidator(_beside_the_file), AfterValidator(_there)]
