"""Letters that the circuit held back leave once it has closed again; an hour is a long time, so it is asked seldom."""

from models.desk import Desk
from models.services.outgoing import circuit


def let_go(desk: Desk) -> int:
    """How many letters may leave again."""
    with desk.readers() as session:
        if circuit.standing(session) is None:
            return 0
    with desk.sessions.begin() as session:
        return circuit.close_in_time(desk, session)
