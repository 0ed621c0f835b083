"""TOML text goes in; out comes the line on which each key path stands (tomllib tells none)."""

import tomllib
from collections.abc import Iterator, Mapping

KeyPath = tuple[str | int, ...]


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every section and key of a text that tomllib has read."""
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    prefix: KeyPath = ()
    for number, statement in _statements(text):
        if statement.lstrip().startswith("["):
            prefix = _section(statement, counts)
            _note(found, prefix, number)
        else:
            for path in _paths(tomllib.loads(statement)):
                _note(found, prefix + path, number)
    return found


def line_of(found: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of a path, or of the nearest section around it."""
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return None


def _note(found: dict[KeyPath, int], path: KeyPath, number: int) -> None:
    for end in range(1, len(path) + 1):
        found.setdefault(path[:end], number)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment with the number of its first line; lines are joined until TOML can read them."""
    held, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if held else number
        held += line + "\n"
        if _complete(held):
            if tomllib.loads(held):
                yield first, held
            held = ""


def _complete(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _section(header: str, counts: dict[KeyPath, int]) -> KeyPath:
    """The path that a header opens; each ``[[name]]`` counts one further."""
    path: KeyPath = ()
    here: object = tomllib.loads(header)
    while isinstance(here, dict) and here:
        name, here = next(iter(here.items()))
        path += (name,)
        if isinstance(here, list):
            counts[path] = counts.get(path, -1) + 1
            return (*path, counts[path])
        if path in counts:
            path += (counts[path],)
    return path


def _paths(value: object, prefix: KeyPath = ()) -> Iterator[KeyPath]:
    if prefix:
        yield prefix
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*prefix, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*prefix, index))
