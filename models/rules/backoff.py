"""How often in a row a server failed → how long it is left alone, and what staff are told of it."""

from datetime import timedelta

FIRST = timedelta(seconds=1)
LONGEST = timedelta(seconds=300)
LOGIN_AGAIN = timedelta(minutes=15)
"""A server that counts wrong passwords locks the account before long: four tries an hour are none to count."""
DEGRADED_AFTER = 5

AWAY, DEGRADED, NEEDS_LOGIN = "away", "degraded", "needs_login"


def pause(failures: int, *, login_refused: bool, chance: float) -> timedelta:
    """How long to wait after so many failures in a row: 1, 2, 4 … 300 s, up to half of it less.

    ``chance`` (0 to 1) keeps many who lost one server from all coming back to it in the same second. A refused
    login is no matter of luck and waits its whole time.
    """
    if login_refused:
        return LOGIN_AGAIN
    # 2 ** 9 s are longer than the longest already: an endless outage shall not make an endless number.
    whole = min(FIRST * (1 << min(failures - 1, 9)), LONGEST)
    return max(whole * (1 - chance / 2), FIRST)


def state(failures: int, *, login_refused: bool) -> str:
    """The word for a mailbox that failed so often in a row."""
    if login_refused:
        return NEEDS_LOGIN
    return DEGRADED if failures >= DEGRADED_AFTER else AWAY
