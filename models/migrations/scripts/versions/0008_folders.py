"""Each night a mailbox is looked through for mail that polling missed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _mailbox()


def _mailbox() -> None:
    with op.batch_alter_table("mailbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_look", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("gaps", sa.Integer(), server_default="0", nullable=False))
