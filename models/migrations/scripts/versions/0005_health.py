"""Signs of life and alarms; how often a message was tried, and what was taken down from it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _alarm()
    _heartbeat()
    _mailbox()
    _spool()


def _alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alarm")),
    )


def _heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_heartbeat")),
    )


def _mailbox() -> None:
    with op.batch_alter_table("mailbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uidnext", sa.BigInteger(), nullable=True))


def _spool() -> None:
    with op.batch_alter_table("spool", schema=None) as batch_op:
        batch_op.add_column(sa.Column("spooled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("unfinished", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("taken_from_id", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_spool_taken_from_id"), ["taken_from_id"])
        batch_op.create_foreign_key(batch_op.f("fk_spool_taken_from_id"), "spool", ["taken_from_id"], ["id"])
