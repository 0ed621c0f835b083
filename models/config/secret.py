"""The desk's secret file: read only where nobody else can read it, written only where none is yet."""

import os
import stat
from pathlib import Path

from models.config.parts import ConfigError

_SHORTEST = 32


def read_secret(path: Path) -> bytes:
    """The bytes of the secret; refused unless the file is 0600 and ours (every link in every letter hangs on it)."""
    try:
        with path.open("rb") as file:
            status, secret = os.fstat(file.fileno()), file.read()
    except OSError as error:
        raise ConfigError(f"desk.secret_file: {path} cannot be read: rightsdesk init makes one") from error
    _refuse_unless_ours(path, status)
    if len(secret) < _SHORTEST:
        raise ConfigError(f"desk.secret_file: {path} is too short: {_SHORTEST} bytes at least, from rightsdesk init")
    return secret


def write_secret(path: Path, secret: bytes) -> None:
    """Make the file with mode 0600 from its first moment; an existing one is never written over (FileExistsError)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)


def _refuse_unless_ours(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode not in (0o600, 0o400):
        raise ConfigError(f"desk.secret_file: {path} has mode {mode:04o}, others may read it: chmod 600 {path}")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"desk.secret_file: {path} belongs to somebody else: chown it to the account of the desk")
