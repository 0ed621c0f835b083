"""The secret file: made for its owner alone, and refused where others could have read it."""

import os
import stat
from pathlib import Path

import pytest

from models.config import (
    ConfigError,
    read_secret,
    write_secret,
)


def test_a_secret_is_made_for_its_owner_alone_and_never_twice(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    write_secret(path, b"s" * 32)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_secret(path) == b"s" * 32
    with pytest.raises(FileExistsError):
        write_secret(path, b"t" * 32)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o700])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    write_secret(path, b"s" * 32)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_secret_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_secret(path, b"s" * 32)
    os.chown(path, 65534, 65534)
    with pytest.raises(ConfigError, match="belongs to somebody else"):
        read_secret(path)


def test_a_secret_that_is_short_or_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rightsdesk init makes one"):
        read_secret(tmp_path / "secret")
    write_secret(tmp_path / "secret", b"s" * 31)
    with pytest.raises(ConfigError, match="too short"):
        read_secret(tmp_path / "secret")
