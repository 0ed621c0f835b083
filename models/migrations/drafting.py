"""The tables as the models have them go in; out comes the script of a new version, to be read before it is kept."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops

from models.base import UtcDateTime, make_engine
from models.migrations import versions
from models.tables import Base

HEADER = '''"""{words}."""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before!r}


def upgrade() -> None:
'''

COMPARED_BY: Mapping[str, Any] = {"compare_type": True, "compare_server_default": True}
"""How models and database are compared."""


def draft(number: str, name: str, words: str, *, folder: Path = versions.SCRIPTS / "versions") -> Path:
    """Write ``number_name.py``: what leads from the version before it to the models, a function a table.

    ``ruff format`` breaks its lines. The version must not be in ``versions.REVISIONS`` yet, or be the newest there.
    """
    before = next((one for one in reversed(versions.REVISIONS) if one < number), None)
    steps = _steps(before)
    if not steps:
        raise versions.VersionError(f"version {before} is as the models are: there is nothing to draft")
    calls = "".join(f"    {step}()\n" for step, _ in steps)
    bodies = "".join(f"\n\ndef {step}() -> None:\n{code}\n" for step, code in steps)
    path = folder / f"{number}_{name}.py"
    path.write_text(HEADER.format(words=words, number=number, before=before) + calls + bodies, "utf-8")
    return path


def _steps(before: str | None) -> list[tuple[str, str]]:
    """The name and the code of each function: one a table."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "draft.sqlite3"
        file.touch()
        engine = make_engine(f"sqlite:///{file}")
        if before is not None:
            versions.upgrade(engine, before)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=dict(COMPARED_BY))
            found = produce_migrations(context, Base.metadata)
            # SQLite alters no table but in a batch; where all are new nothing is altered.
            steps = list(_rendered(found, context, as_batch=before is not None))
        engine.dispose()
    return steps


def _rendered(found: ops.MigrationScript, context: MigrationContext, *, as_batch: bool) -> Iterator[tuple[str, str]]:
    for table, group in itertools.groupby(found.upgrade_ops_list[0].ops, key=_table):
        code = render_python_code(
            ops.UpgradeOps(list(group)), render_as_batch=as_batch, migration_context=context, render_item=_render
        )
        lines = [line for line in code.splitlines() if not line.lstrip().startswith("#")]
        yield f"_{table}", "\n".join(f"    {line.removeprefix('    ')}" for line in lines)


def _table(step: Any) -> str:
    return str(step.table_name)


def _render(kind: str, given: Any, context: AutogenContext) -> str | Literal[False]:
    """Types as the database knows them: a script must not change when a class of the models does."""
    if kind == "type" and isinstance(given, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(given, sa.Enum):
        return f"sa.String(length={given.length})"
    return False
