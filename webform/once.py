"""The time a form was shown goes in; out comes a signed mark for one click, and the time again."""

from datetime import UTC, datetime

from models.keys import Keyring


def mark(token: str, *, keys: Keyring, now: datetime) -> str:
    shown, chance = str(int(now.timestamp())), token[:16]
    return f"{shown}.{chance}.{keys.sign('once', shown, chance)}"


def shown_at(once: str, *, keys: Keyring) -> datetime | None:
    """When a form with this mark was shown; None where the mark is not ours."""
    shown, _, rest = once.partition(".")
    chance, _, signature = rest.partition(".")
    if not keys.signs(signature, "once", shown, chance):
        return None
    return datetime.fromtimestamp(int(shown), UTC)
