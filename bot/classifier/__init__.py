"""The narrow door to the reader of messages: writings flow in, verdicts and corrections flow out."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Protocol

from models.rules.kinds import Kind
from models.rules.reading import Found, Record, Verdict, Writing

SHIPPED = Path(__file__).parent / "trained"
SHIPPED_ENCODER = SHIPPED / "encoder"


class Classifier(Protocol):
    """Reads what people write; the same writing gives the same verdict under the same ``version``."""

    @property
    def version(self) -> str:
        """Name and digest of the trained pipeline, for the ticket's history."""

    def read(self, writings: Sequence[Writing]) -> list[Verdict]:
        """One verdict a writing, in order."""

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        """What is to be changed, read against the customer's record where there is one."""


def load(path: Path | None = None) -> Classifier:
    """The shipped pipeline, or the one trained into ``path``."""
    # The matrices of a message are small: a second thread would cost more than it gives, and the worker needs it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # spaCy costs half a second and 100 MB: only who reads messages pays for it.
    with _without_its_commands():
        from bot.classifier.pipeline import SpacyClassifier

    return SpacyClassifier(path or SHIPPED)


@contextmanager
def _without_its_commands() -> Iterator[None]:
    """spaCy's own command line, which it imports with itself, costs more than all that we use of it."""
    name = "spacy.cli.info"
    stand_in = ModuleType(name)
    stand_in.info = None  # type: ignore[attr-defined]
    unused = sys.modules.setdefault(name, stand_in) is stand_in
    try:
        yield
    finally:
        if unused:
            del sys.modules[name]


def corrections(writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
    """The values of a verdict as corrections, read against the customer's record. Needs no pipeline."""
    from bot.classifier.assembly import assemble

    return assemble(writing, verdict, record) if Kind.RECTIFICATION in verdict.decided else []
