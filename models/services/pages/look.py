"""A request's page goes in; out comes what the customer databases hold now, asked with no transaction open."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from models.customers import CustomerAwayError, CustomerStore, Row
from models.rules.identity import discloses
from models.rules.kinds import Field, Kind
from models.services.pages.desk_page import RequestPage

RowId = tuple[str, str, str]
NAMES = (Field.NAME, Field.FAMILY_NAME, Field.COMPANY)
"""The fields by which staff tell one row from another, the best first."""


@dataclass(frozen=True)
class Held:
    """How many rows of one table an access package would hold."""

    store: str
    table: str
    rows: int


@dataclass(frozen=True)
class Look:
    """``rows`` by store, table and key (None: no such row now), ``named`` those of the requester's address with what
    they call their person, ``away`` the databases that could not be asked."""

    rows: Mapping[RowId, Row | None] = field(default_factory=dict)
    named: tuple[tuple[RowId, str], ...] = ()
    held: tuple[Held, ...] = ()
    away: frozenset[str] = frozenset()

    @property
    def several(self) -> bool:
        """Whether staff must say which record is meant."""
        return bool(self.doubles)

    @property
    def doubles(self) -> tuple[tuple[RowId, str], ...]:
        """Records of a table that holds several of this address."""
        tables = Counter(row[:2] for row, _ in self.named)
        return tuple((row, name) for row, name in self.named if tables[row[:2]] > 1)

    def value(self, row: RowId, column: str) -> tuple[bool, str | None]:
        """Whether it could be asked, and what stands there."""
        found = self.rows.get(row)
        return row in self.rows, found.values.get(column) if found else None


def look(page: RequestPage, stores: Mapping[str, CustomerStore]) -> Look:
    """Each database is asked for the rows of the requester and of the corrections; one that is away is named."""
    wanted = {(c.store, c.table, c.key) for c in page.row.corrections if c.store and c.table and c.key}
    wanted |= set(page.chosen)
    looks = [_look_in(store, page, {one for one in wanted if one[0] == store.name}) for store in stores.values()]
    return Look(
        rows={row: values for one in looks for row, values in one.rows.items()},
        named=tuple(named for one in looks for named in one.named),
        held=tuple(held for one in looks for held in one.held),
        away=frozenset(name for one in looks for name in one.away),
    )


def _look_in(store: CustomerStore, page: RequestPage, wanted: set[RowId]) -> Look:
    try:
        found = [row for rows in store.find([page.row.requester]).values() for row in rows]
        rows = {row.place: row for row in found}
        missing = {one: store.row(one[1], one[2]) for one in sorted(wanted - rows.keys())}
        held = tuple(_held(store, _own(found, missing.values(), page))) if _shows_extent(page.row.kind) else ()
    except CustomerAwayError:
        return Look(away=frozenset({store.name}))
    named = tuple((one, called(row, store)) for one, row in rows.items())
    return Look(rows={**rows, **missing}, named=named, held=held)


def _shows_extent(kind: Kind) -> bool:
    return discloses(kind) or kind is Kind.ERASURE


def _own(found: Iterable[Row], others: Iterable[Row | None], page: RequestPage) -> list[Row]:
    """The rows that staff chose, where they had to; else all that bear the address.

    Those of another address count only where staff vouched for the person.
    """
    rows = [*found, *(row for row in others if row is not None and page.vouched)]
    return [row for row in rows if not page.chosen or row.place in page.chosen]


def _held(store: CustomerStore, rows: list[Row]) -> Iterator[Held]:
    for part in store.extract(rows) if rows else ():
        yield Held(part.store, part.table, len(part.rows))


def called(row: Row, store: CustomerStore) -> str:
    """What the row calls its person."""
    columns = store.columns(row.table).values()
    values = [row.values.get(column.name) for name in NAMES for column in columns if column.field is name]
    return next((value for value in values if value), "")
