"""What the desk needs no longer → erased."""

from models.desk import Desk
from models.services.upkeep import forgetting


def forget(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        return forgetting.forget(desk, session, now=desk.clock())
