"""One field of one record to change: before, after, and the passage of the message it came from."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.rules.kinds import Action, Correct, Field
from models.rules.lifecycle import CorrectionState

if TYPE_CHECKING:
    from models.request import Request


class Correction(Base):
    """``store``, ``table``, ``key``, ``column`` are null for a value that the mapping cannot reach.

    ``before`` is the before-image in canonical text form; ``said`` and ``said_old`` are the customer's words,
    ``start`` and ``end`` code points of ``said`` in ``place`` of the message ``message_id``.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("request.id"), index=True)
    action: Mapped[Action] = mapped_column(sa.Enum(Action, native_enum=False, length=8, values_callable=list))
    field: Mapped[Field] = mapped_column(sa.Enum(Field, native_enum=False, length=16, values_callable=list))
    store: Mapped[str | None] = mapped_column(sa.String(100))
    table: Mapped[str | None] = mapped_column(sa.String(200))
    key: Mapped[str | None] = mapped_column(sa.String(200))
    column: Mapped[str | None] = mapped_column(sa.String(200))
    correct: Mapped[Correct] = mapped_column(sa.Enum(Correct, native_enum=False, length=12, values_callable=list))
    sensitive: Mapped[bool] = mapped_column(default=False)
    before: Mapped[str | None] = mapped_column(sa.Text)
    after: Mapped[str | None] = mapped_column(sa.Text)
    said: Mapped[str | None] = mapped_column(sa.Text)
    said_old: Mapped[str | None] = mapped_column(sa.Text)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"))
    place: Mapped[str] = mapped_column(sa.String(8), default="text")
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    score: Mapped[float] = mapped_column(default=1.0)
    state: Mapped[CorrectionState] = mapped_column(
        sa.Enum(CorrectionState, native_enum=False, length=16, values_callable=list), default=CorrectionState.PROPOSED
    )
    note: Mapped[str] = mapped_column(sa.Text, default="")
    typed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    approved_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    second_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    request: Mapped["Request"] = relationship(back_populates="corrections")

    def anew(self) -> "Correction":
        """The same once more, as a fresh proposal beside this one."""
        return Correction(
            action=self.action, field=self.field, store=self.store, table=self.table, key=self.key,
            column=self.column, correct=self.correct, sensitive=self.sensitive, before=self.before, after=self.after,
            said=self.said, said_old=self.said_old, message_id=self.message_id, place=self.place, start=self.start,
            end=self.end, score=self.score, state=CorrectionState.PROPOSED, typed_by=self.typed_by, note=self.note,
        )  # fmt: skip
