"""Tokens of mail servers → the same, renewed: before each runs out, whether anybody logs in or not."""

import logging
from collections.abc import Sequence

from bot.mail.login.oauth2 import TokenError
from bot.tokens import Tokens

log = logging.getLogger(__name__)


def renew(tokens: Sequence[Tokens]) -> int:
    """How many were renewed. What a provider refuses stops no other; who needs the token hears of it at log-in."""
    return sum(_renewed(one) for one in tokens)


def _renewed(tokens: Tokens) -> bool:
    if not tokens.is_due():
        return False
    try:
        tokens()
    except TokenError as error:
        log.warning("a token was not renewed: %s", error)
        return False
    # Where the provider is away the one that we have is given out as long as it is good.
    return not tokens.is_due()
