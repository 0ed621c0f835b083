"""The ``[[customers]]`` sections: which databases hold personal data, and what each of their columns is about."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Key

from models.config.parts import DatabaseUrl, FaultError, Section, Text
from models.rules.kinds import Correct, Field


def _off(value: object) -> object:
    """TOML's own types in the canonical text form in which all values of a customer database pass."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _erase(value: str) -> str:
    kept = value.startswith("keep:") and value.removeprefix("keep:").strip()
    if value not in ("delete", "null", "mask") and not kept:
        raise ValueError('write "delete", "null", "mask" or "keep:REASON"')
    return value


class Column(Section):
    """What one column is about and what may be done with it; silent columns stay as they are."""

    field: Annotated[Field | None, Key(strict=False)] = None
    correct: Annotated[Correct, Key(strict=False)] = Correct.NEVER
    consent: Text | None = None
    off: Annotated[str | None, BeforeValidator(_off)] = None
    label: Text | None = None
    purpose: Text | None = None
    retention: Text | None = None
    source: Text | None = None
    legal_basis: Text | None = None
    sensitive: bool = False
    erase: Annotated[str, AfterValidator(_erase)] | None = None
    restrict: bool = False

    @model_validator(mode="after")
    def _consent_can_be_taken_back(self) -> Self:
        if (self.consent is None) != (self.off is None):
            missing = "consent" if self.consent is None else "off"
            raise FaultError(missing, said="consent and off go together: off is what stands there after an opt-out")
        if self.correct is not Correct.NEVER and self.field is None:
            raise FaultError("field", said="a column that may be corrected needs a field, so that letters can name it")
        return self


class Subject(Section):
    """The column that says whose row it is: by address, or by ``references = "table.column"``."""

    column: Text
    references: Text | None = None

    @property
    def target(self) -> tuple[str, str] | None:
        """The table and column that are referenced, or None where the column holds the address itself."""
        if self.references is None:
            return None
        table, _, column = self.references.rpartition(".")
        return table, column


def _subject(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Table(Section):
    key: Text
    subject: Annotated[Subject, BeforeValidator(_subject)]
    label: Text | None = None
    columns: dict[str, Column] = Key(default_factory=dict)

    @model_validator(mode="after")
    def _the_key_stays(self) -> Self:
        mapped = self.columns.get(self.key)
        if mapped is not None and (mapped.correct is not Correct.NEVER or mapped.consent is not None):
            raise FaultError("columns", self.key, said="is the key: it is never corrected")
        return self


class Customer(Section):
    """A customer database: its address, and the tables in it that hold personal data."""

    name: Text
    url: DatabaseUrl
    tables: dict[str, Table] = Key(min_length=1)

    @model_validator(mode="after")
    def _every_path_ends_at_a_person(self) -> Self:
        for name in self.tables:
            for step in self._path(name):
                if step == name:
                    raise FaultError(*_reference(name), said="leads in a circle: end it at an address")
        return self

    def _path(self, name: str) -> Iterator[str]:
        """The tables that this one's subject leads through, up to one with an address of its own."""
        seen = {name}
        target = self.tables[name].subject.target
        while target is not None:
            table, column = target
            if table not in self.tables or not column:
                raise FaultError(*_reference(name), said='must name a mapped table: write "table.column"')
            yield table
            if table in seen:
                return
            seen.add(table)
            target = self.tables[table].subject.target


def _reference(table: str) -> tuple[str, ...]:
    return ("tables", table, "subject", "references")
