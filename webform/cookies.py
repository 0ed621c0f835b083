"""A plain name goes in; out come the name and the limits that every cookie of the desk has."""

from typing import Any

from models.desk import Desk


def name(plain: str, desk: Desk) -> str:
    """Bound to this host where the desk speaks https; a browser drops such a name on plain http."""
    return f"__Host-{plain}" if desk.config.desk.secure else plain


def limits(desk: Desk) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "secure": desk.config.desk.secure, "samesite": "Lax"}
