"""Why letters wait, when they were last tried, and by what a repeat is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _circuit()
    _message()
    _outbox()
    _spool()
    _ticket()


def _circuit() -> None:
    op.create_table(
        "circuit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit")),
    )
    with op.batch_alter_table("circuit", schema=None) as batch_op:
        batch_op.create_index("ix_circuit_open", ["closed_at"], unique=False)


def _message() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("body_digest", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_message_body_digest"), ["body_digest"], unique=False)


def _outbox() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_for", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("machine_answered", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_index(batch_op.f("ix_outbox_accepted"))
        batch_op.create_index("ix_outbox_claimed", ["claimed_until"], unique=False)
        batch_op.create_index("ix_outbox_tried", ["tried_at"], unique=False)
    op.execute("UPDATE outbox SET tried_at = accepted_at")
    op.execute("UPDATE outbox SET held_for = 'limit' WHERE state = 'held'")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("machine_answered", server_default=None)


def _spool() -> None:
    with op.batch_alter_table("spool", schema=None) as batch_op:
        batch_op.add_column(sa.Column("backfilled", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("spool", schema=None) as batch_op:
        batch_op.alter_column("backfilled", server_default=None)


def _ticket() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_for", sa.String(length=12), nullable=True))
