"""JSON rows go in; out comes what stands in a terminal: the JSON as it is, or a plain table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

WIDEST = 48


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, none: str) -> None:
    """The rows as JSON, or these columns of them in a table; ``none`` is said where there are none."""
    if as_json:
        show_json(rows)
    elif rows:
        click.echo(table([columns, *([_cell(row.get(column)) for column in columns] for row in rows)]))
    else:
        click.echo(none)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    cells = (zip(line, widths, strict=True) for line in lines)
    return "\n".join("  ".join(cell.ljust(width) for cell, width in line).rstrip() for line in cells)


def plain(text: str) -> str:
    """Strangers write this: nothing in it may steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def plain_lines(text: str) -> str:
    return "\n".join(plain(line) for line in text.splitlines())


def _cell(value: Any) -> str:
    text = "" if value is None else plain(str(value))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
