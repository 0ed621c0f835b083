"""What a message states, held against the rows of the customer databases: which column of which row would change."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.customers import Column, CustomerStore, Row
from models.rules.columns import fitted
from models.rules.kinds import WHOLES, Action, Correct, Field
from models.rules.reading import Found, Record


@dataclass(frozen=True)
class Proposal:
    """A correction to be: where it would be written, what stands there, what would.

    Without a column it cannot be reached by the mapping; with a column and no key, staff choose among several rows.
    """

    found: Found
    store: str | None = None
    table: str | None = None
    key: str | None = None
    column: str | None = None
    before: str | None = None
    after: str | None = None
    correct: Correct = Correct.NEVER
    sensitive: bool = False


@dataclass(frozen=True)
class Cell:
    """One column of one row."""

    row: Row
    column: Column

    @property
    def value(self) -> str | None:
        return self.row.values.get(self.column.name)


def propose(found: Iterable[Found], rows: Sequence[Row], stores: Mapping[str, CustomerStore]) -> tuple[Proposal, ...]:
    """For each stated correction the cells that it would change; one for each store whose row holds the old value,
    or each that maps the field where no old value was named."""
    cells = [cell for row in rows for cell in _cells(row, stores)]
    mapped = {column.field for store in stores.values() for table in store.tables() for column in
              store.columns(table).values()}  # fmt: skip
    record = record_of(rows, stores) or {}
    proposals = [made for one in found for part in fitted(one, mapped, record) for made in _propose(part, cells)]
    return tuple(dict.fromkeys(proposals))


def record_of(rows: Sequence[Row], stores: Mapping[str, CustomerStore]) -> Record | None:
    """The customer's record by field, where one row alone speaks; None where nobody could say which row is meant."""
    tables = [(row.store, row.table) for row in rows]
    if not rows or len(set(tables)) != len(tables):
        return None
    record: dict[Field, str | None] = {}
    for row in rows:
        for cell in _cells(row, stores):
            if cell.column.field is not None and cell.column.field is not Field.OTHER:
                record.setdefault(cell.column.field, cell.value)
    return record


def written_as(
    stores: Mapping[str, CustomerStore], field: Field, *, store: str | None, table: str | None, column: str | None
) -> Field:
    """What a value is called that is written: a family name goes into the whole name where the shop keeps it whole."""
    kept = stores.get(store or "")
    told = kept.columns(table).get(column or "") if kept and table and table in kept.tables() else None
    return told.field if told and told.field and told.field is WHOLES.get(field) else field


def _cells(row: Row, stores: Mapping[str, CustomerStore]) -> Iterator[Cell]:
    store = stores.get(row.store)
    for column in store.columns(row.table).values() if store else ():
        if column.field is not None:
            yield Cell(row, column)


def _propose(found: Found, cells: Sequence[Cell]) -> Iterator[Proposal]:
    about = [cell for cell in cells if cell.column.field is found.field]
    if not about:
        about = [cell for cell in cells if cell.column.field is WHOLES.get(found.field)]
    about = [cell for cell in about if cell.column.correct is not Correct.NEVER]
    holding = [cell for cell in about if found.old and holds(cell.value, found.old)] or about
    if not holding:
        yield Proposal(found, before=None, after=_said(found))
        return
    for table in dict.fromkeys((cell.row.store, cell.row.table) for cell in holding):
        there = [cell for cell in holding if (cell.row.store, cell.row.table) == table]
        yield _one(found, there)


def _one(found: Found, cells: Sequence[Cell]) -> Proposal:
    cell = cells[0]
    unique = len({one.row.key for one in cells}) == 1
    return Proposal(
        found, cell.row.store, cell.row.table, cell.row.key if unique else None, cell.column.name,
        before=cell.value if unique else None, after=_after(found, cell.value if unique else None, cell.column),
        correct=cell.column.correct, sensitive=cell.column.sensitive,
    )  # fmt: skip


def _after(found: Found, before: str | None, column: Column) -> str | None:
    if found.action is Action.REMOVE or not found.new:
        return None
    if found.field is Field.DATE_OF_BIRTH:
        return found.normal or found.new
    if found.field is Field.PHONE and (before is None or before.startswith("+")):
        return _spaced(found.normal or found.new, like=before or "+ ")
    if column.field is not found.field and before:
        return _part_replaced(found, before)
    return _inside(found, before) if before and found.old and found.new else found.new


def _spaced(number: str, *, like: str) -> str:
    """An international phone number, grouped as its country does where the one on file is grouped."""
    if not number.startswith("+") or (not re.search(r"\d\D+\d", like) and like != "+ "):
        return number
    import phonenumbers  # 30 ms that only a phone number is worth

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    grouped = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return grouped if "-" in like else grouped.replace("-", " ")


def _said(found: Found) -> str | None:
    return None if found.action is Action.REMOVE else found.new


def _inside(found: Found, before: str) -> str | None:
    """Only the wrong part was named: the rest of the value stays."""
    old, new = found.old or "", found.new or ""
    if old == before or old not in before or new.startswith(before.replace(old, "").strip() or "\0"):
        return new
    # A part is replaced only where it stands as a whole word: "Main St 5" holds no "St 55".
    replaced, times = re.subn(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, before, count=1)
    return replaced if times else new


def _part_replaced(found: Found, before: str) -> str | None:
    """A given or family name where the shop keeps the whole name: the other words stay."""
    if found.old and found.old in before:
        return _inside(found, before)
    given, _, family = before.rpartition(" ")
    if found.field is Field.FAMILY_NAME and given:
        return f"{given} {found.new}"
    if found.field is Field.GIVEN_NAME and family:
        return f"{found.new} {family}"
    return found.new


def holds(value: str | None, old: str) -> bool:
    """Whether a stored value is what the customer calls the old one, however they spell it."""
    if not value:
        return False
    stored, said = _plain(value), _plain(old)
    return bool(said) and (said in stored or stored in said)


def _plain(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in folded if char.isalnum())
