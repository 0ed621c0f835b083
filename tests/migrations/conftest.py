"""An empty database of the kind that this run is about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.base import make_engine
from tests.conftest import ON_POSTGRES


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if ON_POSTGRES:
        return str(request.getfixturevalue("postgres").create_database())
    path = tmp_path / "empty.sqlite3"
    path.touch()
    return f"sqlite:///{path}"


@pytest.fixture
def empty(empty_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()
