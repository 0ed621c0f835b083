"""Tokens of mail servers → the same, renewed: a day after the last time, whether anybody logged in or not."""

import logging
from collections.abc import Sequence

from bot.mail.login.oauth2 import TokenError
from bot.tokens import Tokens

log = logging.getLogger(__name__)


def renew(tokens: Sequence[Tokens]) -> int:
    """How many were renewed. What a provider refuses stops no other; who needs the token hears of it at log-in."""
    return sum(_renewed(one) for one in tokens)


def _renewed(tokens: Tokens) -> bool:
    if not tokens.is_old():
        return False
    try:
        tokens()
    except TokenError as error:
        log.warning("a token was not renewed: %s", error)
        return False
    return True
