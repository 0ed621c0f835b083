"""Corrections, what the databases hold now and what was typed go in; out comes the table of was, says and will be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from models.customers.values import refusal
from models.rules.kinds import Action, Correct, Field
from models.rules.lifecycle import OPEN_CORRECTIONS, CorrectionState
from models.services.pages.desk_page import RequestPage
from models.services.pages.look import Look
from models.services.pages.shown import masked
from models.services.pages.worklist import CorrectionRow
from webform.staff import passages, wording
from webform.staff.typed import Typed

NONE = Markup('<span class="soft">none</span>')


@dataclass(frozen=True)
class Line:
    """One correction as a row of the table. ``value`` is what the input holds, ``was`` what it held when shown."""

    id: int
    field: str
    now: Markup
    away: bool
    says: Markup
    said: bool
    typed_by: str
    will: Markup
    value: str
    was: str
    rows: int
    ticked: bool
    open: bool
    removes: bool
    reachable: bool
    four_eyes: bool
    state: str
    eyes: str
    warning: str
    note: str


@dataclass(frozen=True)
class Table:
    """The lines of one record; a blank ``place`` is for what the mapping cannot reach."""

    place: str
    lines: tuple[Line, ...]
    chooses: bool

    @property
    def open(self) -> bool:
        return any(line.open for line in self.lines)

    @property
    def stays(self) -> bool:
        """A street alone changes: worth a word, for most who move leave their city."""
        fields = {line.field for line in self.lines}
        return wording.FIELDS[Field.STREET] in fields and not fields & {
            wording.FIELDS[Field.CITY], wording.FIELDS[Field.POSTAL_CODE]
        }  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """Who looks at the table: what they may see, what they typed, and whom ids mean."""

    reveals: bool
    names: Mapping[int, str]
    typed: Typed | None
    look: Look


def tables(page: RequestPage, look: Look, *, reveals: bool, typed: Typed | None) -> tuple[Table, ...]:
    """One for each record that changes, in the order of its first line."""
    reader = Reader(reveals, page.names, typed, look)
    ordered = sorted(page.row.corrections, key=_place)
    return tuple(_table(place, list(lines), reader) for place, lines in groupby(ordered, key=_place))


def _place(one: CorrectionRow) -> tuple[bool, str, str, str]:
    """What cannot be reached comes last."""
    return one.store is None, one.store or "", one.table or "", one.key or ""


def _table(place: tuple[bool, str, str, str], lines: Iterable[CorrectionRow], reader: Reader) -> Table:
    unreachable, store, table, key = place
    named = "" if unreachable else " · ".join(filter(None, (store, table, key)))
    return Table(named, tuple(_line(one, reader) for one in lines), chooses=not unreachable and not key)


def _line(one: CorrectionRow, reader: Reader) -> Line:
    undecided = one.state in OPEN_CORRECTIONS
    asked, live = _live(one, reader.look) if undecided else (False, None)
    now = live if asked else one.before
    ticked = reader.typed is None or reader.typed.ticked is None or one.id in reader.typed.ticked
    after = one.after or ""
    value = reader.typed.changed(one.id, after) if reader.typed else after
    return Line(
        id=one.id, field=wording.called(one), now=_now(one, now, reader),
        away=undecided and one.store is not None and not asked, says=_says(one, now, reader),
        said=one.message_id is not None and bool(one.said), typed_by=_typed_over(one, reader),
        will=_will(one, now, reader), value=value, was=after, rows=wording.rows(value), ticked=ticked, open=undecided,
        removes=one.action is Action.REMOVE, reachable=one.store is not None,
        four_eyes=one.correct is Correct.FOUR_EYES, state=wording.CORRECTIONS[one.state], eyes=_eyes(one, reader),
        warning=_warning(one, asked=asked, live=live, reader=reader), note=one.note,
    )  # fmt: skip


def _live(one: CorrectionRow, look: Look) -> tuple[bool, str | None]:
    if not (one.store and one.table and one.key and one.column):
        return False, None
    return look.value((one.store, one.table, one.key), one.column)


def _now(one: CorrectionRow, now: str | None, reader: Reader) -> Markup:
    if now is None or now == "":
        return NONE if one.store else escape(one.said_old or "") if reader.reveals else Markup()
    return passages.was(now, one.after) if reader.reveals else escape(masked(now))


def _will(one: CorrectionRow, now: str | None, reader: Reader) -> Markup:
    if not one.after:
        return NONE
    return passages.will(now, one.after) if reader.reveals else escape(masked(one.after))


def _says(one: CorrectionRow, now: str | None, reader: Reader) -> Markup:
    """The customer's words; what they add to the value of now stands out where they are the new value."""
    if one.typed_by is not None and one.message_id is None:
        return Markup('<span class="soft">typed by {}</span>').format(reader.names.get(one.typed_by, "staff"))
    if one.action is Action.REMOVE and not one.said:
        return Markup("take it off")
    said = one.said or ""
    if not reader.reveals:
        return escape(masked(said) if said else "")
    adds = now and said == one.after and "<del>" not in passages.was(now, said)
    return passages.will(now, said) if adds else escape(said)


def _typed_over(one: CorrectionRow, reader: Reader) -> str:
    """Who wrote another value over the customer's."""
    over = one.typed_by is not None and one.message_id is not None
    return reader.names.get(one.typed_by or 0, "staff") if over else ""


def _eyes(one: CorrectionRow, reader: Reader) -> str:
    """Whom a four-eyes value waits for."""
    if one.correct is not Correct.FOUR_EYES or one.state not in OPEN_CORRECTIONS:
        return ""
    if one.state is CorrectionState.APPROVED_ONCE and one.approved_by is not None:
        return f"approved once by {reader.names.get(one.approved_by, 'somebody')}, needs a second person"
    return "needs a second person"


def _warning(one: CorrectionRow, *, asked: bool, live: str | None, reader: Reader) -> str:
    """What speaks against writing it as it stands: another value there now, or one that its field cannot hold."""
    unsound = refusal(one.field, one.after or None) if one.state in OPEN_CORRECTIONS else None
    return " ".join(filter(None, (_moved(one, asked=asked, live=live, reader=reader), unsound)))


def _moved(one: CorrectionRow, *, asked: bool, live: str | None, reader: Reader) -> str:
    if not asked or live == one.before:
        return ""
    shown = live if reader.reveals else masked(live or "")
    return f"It holds “{shown}” now, not what it held when this was proposed." if live else "It is empty now."
