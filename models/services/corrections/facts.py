"""What a letter about corrections says: each value before and after, what was declined and why, who else was told."""

from collections.abc import Iterable

from models import letters
from models.correction import Correction
from models.desk import Desk
from models.request import Request
from models.rules.kinds import Action
from models.rules.lifecycle import CorrectionState, Outcome
from models.services.corrections.proposals import written_as

WRITTEN = frozenset({CorrectionState.APPROVED, CorrectionState.APPROVED_ONCE, CorrectionState.APPLIED})


def corrected(desk: Desk, request: Request, *, language: str) -> dict[str, object]:
    """The facts of the letter ``corrected``: from the corrections as decided (GDPR Art. 16, 19, 12(4))."""
    written = [one for one in request.corrections if one.state in WRITTEN]
    declined = [one for one in request.corrections if one.state is CorrectionState.DECLINED]
    return {
        "changes": [_change(desk, one, language) for one in _once_each(written)],
        "declined": [_declined(one, language) for one in _once_each(declined)],
        "recipients": list(desk.config.desk.recipients),
        "until": None,
    }


def undone(desk: Desk, request: Request, *, language: str) -> dict[str, object]:
    taken_back = [one for one in request.corrections if one.state is CorrectionState.UNDONE]
    return {"changes": [_change(desk, one, language) for one in _once_each(taken_back)]}


def outcome(request: Request) -> Outcome:
    """Partly, where anything was declined."""
    states = {one.state for one in request.corrections}
    if CorrectionState.DECLINED not in states:
        return Outcome.FULFILLED
    return Outcome.PARTLY if states & WRITTEN else Outcome.REFUSED


def _once_each(corrections: Iterable[Correction]) -> list[Correction]:
    """One line for what several stores hold alike."""
    return list({(one.field, one.before, one.after): one for one in corrections}.values())


def _change(desk: Desk, correction: Correction, language: str) -> dict[str, object]:
    place = {"store": correction.store, "table": correction.table, "column": correction.column}
    return {
        "label": letters.field_label(written_as(desk.stores, correction.field, **place), language),
        "before": correction.before,
        "after": None if correction.action is Action.REMOVE else correction.after,
        "elsewhere": correction.store is None,
        "masked": correction.sensitive,
    }


def _declined(correction: Correction, language: str) -> dict[str, object]:
    value = correction.after or correction.said or ""
    return {
        "label": letters.field_label(correction.field, language),
        "value": value,
        "reason": correction.note,
        "masked": correction.sensitive,
    }
