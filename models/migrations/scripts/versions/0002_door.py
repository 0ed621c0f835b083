"""Who pushed a mail that waits, and whether the sender's domain vouches for a message."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _message()
    _spool()
    _ticket()


def _message() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified", sa.Boolean(), nullable=True))


def _spool() -> None:
    with op.batch_alter_table("spool", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender_digest", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "ix_spool_sender",
            ["sender_digest", "received_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def _ticket() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified", sa.Boolean(), nullable=True))
