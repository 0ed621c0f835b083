"""An exception goes in; out comes what failed and where, in words of the program alone: its text may hold anything."""

from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError

OURS = frozenset({"bot", "models", "webform"})


def told(error: BaseException) -> str:
    """The kind, the constraint that it ran into, where it was raised, and which line of ours led there."""
    what = type(error).__name__
    if isinstance(error, IntegrityError):
        what += f" ({_constraint(error.orig)})"
    return f"{what} at {_where(error)}"


def _constraint(error: BaseException | None) -> str:
    """PostgreSQL names it beside its text, which quotes the values; what SQLite says is names only."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None:
        return f"{diagnosis.table_name}: {diagnosis.constraint_name or diagnosis.column_name}"
    return str(error)


def _where(error: BaseException) -> str:
    places = list(_places(error))
    ours = [place for place in places if place.partition(".")[0] in OURS]
    return ", by ".join(dict.fromkeys([*places[-1:], *ours[-1:]])) or "an unknown place"


def _places(error: BaseException) -> Iterator[str]:
    trace = error.__traceback__
    while trace is not None:
        yield f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
        trace = trace.tb_next
