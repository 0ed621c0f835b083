"""A mailbox whose server is away is left alone for longer each time; what is being copied is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _mailbox()


def _mailbox() -> None:
    with op.batch_alter_table("mailbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("copying", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True))
