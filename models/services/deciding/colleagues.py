"""A member of staff goes in; out comes somebody else who may work, for what needs two people."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.staff import Staff


def colleague(session: Session, staff_id: int) -> Staff | None:
    """The oldest other account."""
    others = sa.select(Staff).where(Staff.id != staff_id, Staff.disabled_at.is_(None))
    return session.scalars(others.order_by(Staff.id).limit(1)).first()
