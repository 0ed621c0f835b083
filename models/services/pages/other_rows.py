"""A request's page goes in; out come records of other addresses that may be this person's, for staff to choose."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models.customers import CustomerAwayError, CustomerStore, Row
from models.request import Request
from models.rules.identity import needs_proof
from models.rules.kinds import Field
from models.rules.permissions import Actor, Right, require
from models.rules.routing import others_named
from models.services import steps
from models.services.pages.desk_page import RequestPage
from models.services.pages.look import Look, RowId, called

MOST_HINTS = 10
LONGEST = 320
PEOPLE = frozenset({Field.EMAIL, Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.COMPANY})
"""A table that holds one of these is of people; a number that a customer names is no key of an order."""
_KEY = re.compile(r"[\w.:-]{1,64}")


@dataclass(frozen=True)
class Others:
    """``hints`` is what the messages name; ``named`` the records found by that, by a search, or chosen before."""

    hints: tuple[str, ...] = ()
    named: tuple[tuple[RowId, str], ...] = ()
    away: frozenset[str] = frozenset()
    offered: bool = False


NO_OTHERS = Others()


def find(page: RequestPage, own: Look, stores: Mapping[str, CustomerStore], *, sought: str = "") -> Others:
    """For who may choose among records; nobody else learns what there is. Asked with no transaction open."""
    if "choose" not in page.allowed or not needs_proof(page.row.kind):
        return NO_OTHERS
    texts = [message.text for message in page.messages]
    hints = tuple(others_named(texts, [page.row.requester]))[:MOST_HINTS]
    found: dict[RowId, str] = {}
    away: set[str] = set()
    for store in stores.values():
        try:
            rows = _rows(store, page.chosen, [*hints, *filter(None, [sought])])
            found |= {row.place: called(row, store) for row in rows}
        except CustomerAwayError:
            away.add(store.name)
    # The requester's own stand on the page anyway.
    known = {row for row, _ in own.named}
    named = tuple((row, name) for row, name in found.items() if row not in known)
    return Others(hints, named, frozenset(away), offered=True)


def record_search(session: Session, request_id: int, sought: str, *, actor: Actor, now: datetime) -> None:
    """Who looks for whose record is told; the decision is the same as before."""
    require(actor, Right.SORT)
    request = session.get_one(Request, request_id)
    steps.noted(session, request, "looked for a record", by=actor.by, now=now, detail={"sought": sought})


def _rows(store: CustomerStore, chosen: Iterable[RowId], names: Iterable[str]) -> Iterator[Row]:
    known = {name.strip()[:LONGEST] for name in names}
    addresses = {name for name in known if "@" in name}
    by_address = [row for rows in store.find(addresses).values() for row in rows] if addresses else []
    # Letters write 0042 where the database counts 42, and the other way round nobody does.
    keys = sorted({key for name in known - addresses for key in (name, name.lstrip("0")) if _KEY.fullmatch(key)})
    by_key = [store.row(table, key) for key in keys for table in _of_people(store)]
    before = [store.row(table, key) for name, table, key in chosen if name == store.name]
    yield from (row for row in (*by_address, *by_key, *before) if row is not None)


def _of_people(store: CustomerStore) -> list[str]:
    return [name for name in store.tables() if any(one.field in PEOPLE for one in store.columns(name).values())]
