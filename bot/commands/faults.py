"""An exception that ended a command → the one line that says what happened and how to mend it."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.edge import DeskError
from models.config import ConfigError
from models.migrations.versions import VersionError
from models.rules.lifecycle import IllegalStepError
from models.rules.permissions import NotAllowedError
from models.services.deciding.seen import InvalidError, NoSuchRequestError, StaleError
from models.services.staffing import StaffingError, TooManyTriesError

PLAIN = (
    ConfigError, DeskError, IllegalStepError, InvalidError, NoSuchRequestError, NotAllowedError, StaffingError,
    StaleError, TooManyTriesError, VersionError,
)  # fmt: skip
"""Our own errors: their text is written for people and holds nothing personal."""


def explained(error: Exception) -> str:
    """One line, whatever the error has to say."""
    return "; ".join(line.strip() for line in _said(error).splitlines() if line.strip())


def _said(error: Exception) -> str:
    if isinstance(error, PLAIN):
        return str(error)
    if isinstance(error, DBAPIError):
        return f"the desk's database does not answer ({type(error.orig).__name__}): see rightsdesk check"
    if isinstance(error, SQLAlchemyError):
        return f"the desk's database refused ({type(error).__name__}): see rightsdesk check"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: {error.filename or 'a file or a port'}"
    return f"unexpected {type(error).__name__}: this is a fault of rightsdesk"
