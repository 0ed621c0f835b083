"""Learning on from what staff decided, and going back."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bot.classifier import SHIPPED
from bot.commands.measuring import Bars, figures
from bot.edge import DeskError, Edge


def learn(config: Path, edge: Edge, out: Path | None, corpora: Sequence[Path]) -> None:
    from bot.building import build, refuse_unfit
    from bot.classifier import relearning
    from bot.classifier.corpus_rows import CORPUS
    from bot.mail.replies import new_spans
    from models.services.upkeep.learning import decided

    desk = build(config, edge)
    try:
        if not desk.config.desk.learn_from_desk:
            raise DeskError("the configuration does not allow it: set desk.learn_from_desk = true")
        refuse_unfit(desk)
        with desk.sessions() as session:
            rows = list(_rows(decided(session)))
    finally:
        desk.engine.dispose()
    if not rows:
        raise DeskError("no mail has been settled by staff so far: there is nothing to learn from")
    try:
        learned = relearning.relearn(
            SHIPPED, out or SHIPPED, rows, new_spans=new_spans, tell=Bars(), corpora=(CORPUS, *corpora)
        )
    except relearning.WorseError as worse:
        raise DeskError(f"not replaced, for it would read other writers worse: {worse}") from None
    click.echo(f"learned from {learned.mails} mails that staff settled; on writers held back:")
    click.echo(figures(learned.after))
    click.echo("`rightsdesk train --undo` goes back to the one before; restart `rightsdesk run` to read with this one")


def _rows(settled: Iterable[Any]) -> Iterator[Any]:
    from bot.classifier.corpus_rows import Label, Row
    from models.rules.kinds import Kind

    for one in settled:
        values = one.values or () if Kind.RECTIFICATION in one.kinds else ()
        labels = tuple(Label(value.action, value.field, value.old, value.new) for value in values)
        yield Row(one.ticket, one.language, "desk", one.writing, one.kinds, labels, None)


def undo(out: Path | None) -> None:
    """The former pipeline and the present one change places: undone twice is as before."""
    from bot.classifier.relearning import FORMER

    now = out or SHIPPED
    former, between = now.with_name(now.name + FORMER), now.with_name(now.name + ".between")
    if not former.is_dir():
        raise DeskError(f"there is none to go back to: no folder {former.name} beside {now.name}")
    now.rename(between)
    former.rename(now)
    between.rename(former)
    click.echo("the pipeline before is in its place again; restart `rightsdesk run` to read with it")
