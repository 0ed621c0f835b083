"""Quotes, signature and disclaimer of a message are kept each by its kind; of older mail nobody knows them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _message()


def _message() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("apart", sa.JSON(), nullable=True))
