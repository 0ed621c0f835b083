"""A firm for each story: Dovecot, an SMTP sink, the shop's database and the desk over them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Clock, Mailbox
from tests.firm import Firm


@pytest.fixture
def clock() -> Clock:
    """A Monday in the past: an IMAP server stamps no mail with a time that is still to come."""
    return Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture(params=["dovecot", "courier"])
def either(request: pytest.FixtureRequest, mailbox: Mailbox) -> Mailbox:
    """The same account on each server."""
    return Mailbox(request.getfixturevalue(request.param), mailbox.user)


Founded = Callable[..., Firm]


@pytest.fixture
def found_firm(
    tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any, mailbox: Any
) -> Iterator[Founded]:
    firms: list[Firm] = []

    def found(**how: Any) -> Firm:
        settings = {"mailbox": mailbox, "database_url": database_url, "smtp_sink": smtp_sink} | how
        firms.append(Firm(tmp_path, clock=clock, new_reference=new_reference, **settings))
        return firms[-1]

    yield found
    for firm in firms:
        firm.close()


@pytest.fixture
def firm(found_firm: Founded) -> Firm:
    return found_firm()
