"""The configuration of a customer database goes in; out come its mapped tables, in the order of reaching them."""

from collections.abc import Mapping
from dataclasses import dataclass

from models import config
from models.customers import Column
from models.rules.kinds import Correct


@dataclass(frozen=True)
class MappedTable:
    """A table with what is read of it; ``target`` is the table and column its subject references, if it does."""

    name: str
    key: str
    subject: str
    target: tuple[str, str] | None
    columns: Mapping[str, Column]
    needed: tuple[str, ...]
    label: str | None = None

    @property
    def consents(self) -> dict[str, str]:
        """The consent columns, with what each holds after an opt-out."""
        return {name: column.off for name, column in self.columns.items() if column.off is not None}

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that the desk may have to write."""
        return tuple(
            name
            for name, column in self.columns.items()
            if column.consent is not None or column.correct is not Correct.NEVER
        )


def mapped_tables(customer: config.Customer) -> dict[str, MappedTable]:
    """Tables with a subject column of their own first, then those that reference them, and so on."""
    names = sorted(customer.tables, key=lambda name: _distance(customer, name))
    return {name: _mapped(customer, name) for name in names}


def _distance(customer: config.Customer, name: str) -> int:
    target = customer.tables[name].subject.target
    return 0 if target is None else 1 + _distance(customer, target[0])


def _mapped(customer: config.Customer, name: str) -> MappedTable:
    table = customer.tables[name]
    targets = [other.subject.target for other in customer.tables.values()]
    referenced = [target[1] for target in targets if target is not None and target[0] == name]
    return MappedTable(
        name=name,
        key=table.key,
        subject=table.subject.column,
        target=table.subject.target,
        columns={column: _column(column, told) for column, told in table.columns.items()},
        needed=tuple(dict.fromkeys((table.key, table.subject.column, *referenced, *table.columns))),
        label=table.label,
    )


def _column(name: str, told: config.Column) -> Column:
    return Column(
        name=name,
        field=told.field,
        correct=told.correct,
        consent=told.consent,
        off=told.off,
        label=told.label,
        purpose=told.purpose,
        retention=told.retention,
        source=told.source,
        legal_basis=told.legal_basis,
        sensitive=told.sensitive,
    )
