"""A request as staff saw it: nobody decides on what has changed since."""

from sqlalchemy.orm import Session

from models.request import Request
from models.rules.lifecycle import UNDECIDED, IllegalStepError, Step


class StaleError(Exception):
    """Something that changes the decision happened since; ``version`` is what it is now. Nothing was changed."""

    def __init__(self, seen: int, version: int) -> None:
        super().__init__(f"the request changed meanwhile: you saw version {seen}, it is version {version} now")
        self.seen, self.version = seen, version


class InvalidError(Exception):
    """What was typed cannot be; ``field`` names the input, ``why`` says what to do. Nothing was changed."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


class NoSuchRequestError(Exception):
    """There is no request of that number."""


def as_seen(session: Session, request_id: int, version: int | None) -> Request:
    """The request, locked, if it is still what the page showed. ``version`` None: whatever it is."""
    request = session.get(Request, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NoSuchRequestError(f"there is no request {request_id}")
    if version is not None and request.version != version:
        raise StaleError(version, request.version)
    return request


def undecided(request: Request) -> None:
    """Raise IllegalStepError once the request is decided."""
    if request.state not in UNDECIDED:
        raise IllegalStepError(Step.APPROVE, request.state)


def written(text: str, field: str, why: str) -> None:
    """Raise InvalidError where staff left empty what is needed."""
    if not text.strip():
        raise InvalidError(field, why)
