"""One right asked for within a ticket: the unit of the queue, with its state, its clock and its version."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NO_DUE_DAY, Base
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State

if TYPE_CHECKING:
    from models.correction import Correction
    from models.staff import Staff
    from models.ticket import Ticket


_WAITS = sa.text("to_tell IS NOT NULL")
LINK = "link"
"""The ``proof`` of who pressed the button behind the mailed link."""


class Request(Base):
    """``version`` rises with what changes the decision, by ``services.steps``; SQLAlchemy only compares it.

    ``found`` is how many rows of customer databases belong to the requester, None while nobody could look;
    ``ambiguous``: one table has several. ``chosen`` lists those that staff chose: ``[store, table, key]`` each.
    ``leans_on`` is the Message-ID of a letter to the same address that says what this one's own would.
    ``by_machine``: a mail program asked for it, so that no letter answers.
    ``to_tell`` are the recipients of the data who have yet to hear of the correction (GDPR Art. 19).
    """

    __tablename__ = "request"
    __table_args__ = (
        sa.Index("ix_request_queue", "state", "due_on", "id"),
        sa.Index("ix_request_work", "state", "not_before"),
        sa.Index("ix_request_to_tell", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        sa.Index("ix_request_undoing", "id", sqlite_where=sa.text("undoing"), postgresql_where=sa.text("undoing")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    kind: Mapped[Kind] = mapped_column(sa.Enum(Kind, native_enum=False, length=16, values_callable=list))
    state: Mapped[State] = mapped_column(sa.Enum(State, native_enum=False, length=16, values_callable=list))
    outcome: Mapped[Outcome | None] = mapped_column(
        sa.Enum(Outcome, native_enum=False, length=24, values_callable=list)
    )
    due_on: Mapped[date] = mapped_column(default=NO_DUE_DAY)
    received_at: Mapped[datetime]
    confidence: Mapped[float] = mapped_column(default=1.0)
    classifier: Mapped[str] = mapped_column(sa.String(80), default="")
    version: Mapped[int] = mapped_column(default=1)
    proved_at: Mapped[datetime | None]
    proof: Mapped[str] = mapped_column(sa.String(200), default="")
    identity_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    found: Mapped[int | None]
    ambiguous: Mapped[bool] = mapped_column(default=False)
    chosen: Mapped[list[Any] | None]
    names_other: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]
    linked_to: Mapped[str | None] = mapped_column(sa.String(16))
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    undoing: Mapped[bool] = mapped_column(default=False)
    leans_on: Mapped[str | None] = mapped_column(sa.String(200), index=True)
    unseen: Mapped[bool] = mapped_column(default=False)
    package_id: Mapped[int | None] = mapped_column(sa.ForeignKey("package.id"))
    by_machine: Mapped[bool] = mapped_column(default=False)
    consent_before: Mapped[list[Any] | None]
    to_tell: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    not_before: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(sa.String(64))

    ticket: Mapped["Ticket"] = relationship(back_populates="requests")
    corrections: Mapped[list["Correction"]] = relationship(
        back_populates="request", order_by="Correction.id", cascade="all, delete-orphan"
    )
    assignee: Mapped["Staff | None"] = relationship(foreign_keys=[assignee_id])

    @property
    def vouched(self) -> bool:
        """Whether staff know the person, so that it is not the mailed link alone that speaks for them."""
        return self.proved_at is not None and self.proof != LINK

    @property
    def lapsed(self) -> bool:
        """Whether it was closed because nobody proved it: any later proof opens it again (lifecycle.md)."""
        return self.outcome is Outcome.IDENTITY_NOT_PROVEN

    # The version is raised by services.steps and not by each flush: a note or a view must not raise it.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012 - the way SQLAlchemy declares it
