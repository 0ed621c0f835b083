"""What waits too long → its one reminder, a link of its own, or the end of the wait."""

from models.desk import Desk
from models.services.requester import reminders


def remind(desk: Desk) -> dict[str, int]:
    with desk.sessions.begin() as session:
        sent, needless = reminders.remind(desk, session, now=desk.clock())
    with desk.sessions.begin() as session:
        ended = reminders.give_up(desk, session, now=desk.clock())
        renewed = reminders.renew(desk, session, now=desk.clock())
    return {"reminded": sent, "waited": needless + ended + renewed}
