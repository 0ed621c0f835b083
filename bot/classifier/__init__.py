"""The narrow door to the reader of messages: writings flow in, verdicts and corrections flow out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from models.rules.kinds import Kind
from models.rules.reading import Found, Record, Verdict, Writing

SHIPPED = Path(__file__).parent / "trained"


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
    # spaCy costs a second and 100 MB: only who reads messages pays for it.
    from bot.classifier.pipeline import SpacyClassifier

    return SpacyClassifier(path or SHIPPED)


def corrections(writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
    """The values of a verdict as corrections, read against the customer's record. Needs no pipeline."""
    from bot.classifier.assembly import assemble

    return assemble(writing, verdict, record) if Kind.RECTIFICATION in verdict.decided else []
