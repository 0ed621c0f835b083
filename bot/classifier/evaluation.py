"""Measures a classifier: labelled rows flow in, the figures of the contract and a prediction a row flow out."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.classifier import Classifier
from bot.classifier.comparison import Counts, compare
from bot.classifier.corpus_rows import Row
from bot.classifier.corpus_rows import read_rows as read_rows
from bot.classifier.shares import retrieval, shares
from models.rules.kinds import RIGHTS, Kind
from models.rules.reading import Found, Verdict
from models.rules.routing import Route, route

THRESHOLD = 0.85
Report = dict[str, Any]


def evaluate(
    rows: Sequence[Row],
    classifier: Classifier,
    *,
    threshold: float = THRESHOLD,
    timer: Callable[[], float] = time.perf_counter,
) -> tuple[Report, list[Report]]:
    """The figures of the contract, and what was predicted for each row."""
    begun = timer()
    verdicts = classifier.read([row.writing for row in rows])
    bare = [classifier.corrections(row.writing, v, None) for row, v in zip(rows, verdicts, strict=True)]
    took = max(timer() - begun, 1e-9)
    best = [
        classifier.corrections(row.writing, v, row.record) if row.record else found
        for row, v, found in zip(rows, verdicts, bare, strict=True)
    ]
    routes = [route(verdict, None, threshold=threshold) for verdict in verdicts]
    report = _of_kinds(rows, verdicts, routes) | {
        "corrections": _of_corrections(zip(rows, bare, strict=True)),
        "with_record": _of_corrections((row, found) for row, found in zip(rows, best, strict=True) if row.record),
        "messages_per_second": round(len(rows) / took, 1),
    }
    return report, [_prediction(*given) for given in zip(rows, verdicts, routes, best, strict=True)]


def _of_kinds(rows: Sequence[Row], verdicts: Sequence[Verdict], routes: Sequence[Route]) -> Report:
    kinds = {str(kind): _of_kind(kind, rows, verdicts) for kind in Kind}
    scores = [figures["f1"] for figures in kinds.values() if figures["support"]]
    exact = [set(verdict.decided) == row.kinds for row, verdict in zip(rows, verdicts, strict=True)]
    automatic = [right for right, way in zip(exact, routes, strict=True) if way is Route.AUTO]
    rights = [given for given in zip(rows, verdicts, routes, strict=True) if given[0].kinds & RIGHTS]
    missed = [verdict for row, verdict, way in rights if _is_missed(row, verdict, way)]
    speaking = [v.language == row.language for row, v in zip(rows, verdicts, strict=True)]
    return {
        "n": len(rows),
        "kinds": kinds,
        "macro_f1": round(sum(scores) / len(scores), 4) if scores else 0.0,
        "auto": shares(share=(len(automatic), len(rows)), precision=(sum(automatic), len(automatic))),
        **shares(
            exact=(sum(exact), len(rows)),
            missed_rights=(len(missed), len(rights)),
            language_accuracy=(sum(speaking), len(rows)),
        ),
    }


def _of_kind(kind: Kind, rows: Sequence[Row], verdicts: Sequence[Verdict]) -> Report:
    wanted = [kind in row.kinds for row in rows]
    found = [kind in verdict.decided for verdict in verdicts]
    right = sum(w and f for w, f in zip(wanted, found, strict=True))
    return retrieval(right, sum(found), sum(wanted)) | {"support": sum(wanted)}


def _is_missed(row: Row, verdict: Verdict, way: Route) -> bool:
    """A right that nobody looks at."""
    return way is not Route.PERSON and not row.kinds & RIGHTS & set(verdict.decided)


def _of_corrections(pairs: Iterable[tuple[Row, list[Found]]]) -> Report:
    given = list(pairs)
    new = sum((compare(found, row.labels, with_old=False) for row, found in given), Counts())
    both = sum((compare(found, row.labels, with_old=True) for row, found in given), Counts())
    return {
        "field_new": retrieval(new.right, new.found, new.wanted),
        "field_old_new": retrieval(both.right, both.found, both.wanted),
    }


def _prediction(row: Row, verdict: Verdict, way: Route, found: list[Found]) -> Report:
    return {
        "id": row.id,
        "language": verdict.language,
        "kinds": {str(kind): score for kind, score in verdict.scores.items()},
        "decided": [str(kind) for kind in verdict.decided],
        "route": str(way),
        "corrections": [
            {
                "action": str(f.action),
                "field": str(f.field),
                "old": f.old,
                "new": f.new,
                "normal": f.normal,
                "score": f.score,
            }
            for f in found
        ],
    }
