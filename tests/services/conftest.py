"""A firm without servers: its desk, its shop's database and its staff, for what services do with rows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.firm import Firm


@pytest.fixture
def firm(tmp_path: Path, database_url: str, clock: Any, new_reference: Callable[[], str]) -> Iterator[Firm]:
    nowhere = SimpleNamespace(port=9)
    made = Firm(tmp_path, database_url=database_url, clock=clock, new_reference=new_reference, smtp_sink=nowhere)
    yield made
    made.close()
