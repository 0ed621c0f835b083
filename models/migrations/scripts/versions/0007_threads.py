"""What a merge, a bounce and an unsubscribing machine leave behind."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _message()
    _outbox()
    _request()
    _ticket()


def _message() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looks_related", sa.String(length=16), nullable=True))


def _outbox() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("no_such_address_at", sa.DateTime(timezone=True), nullable=True))


def _request() -> None:
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_machine", sa.Boolean(), server_default=sa.false(), nullable=False))
    # The default is for the rows that are there.
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.alter_column("by_machine", server_default=None)


def _ticket() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_ticket_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_ticket_merged_into_id"), "ticket", ["merged_into_id"], ["id"])
