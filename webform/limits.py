"""How often one address may post the form or try tokens; out comes a refusal (429), or nothing."""

import ipaddress
import logging
from datetime import datetime, timedelta

from flask import request
from sqlalchemy.orm import Session

from models.config import Limits
from models.services import throttles
from webform.context import the_desk

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
UNKNOWN_PROXY = "unknown proxy"
# Loopback, private and link-local (RFC 1918, RFC 6598, RFC 4193): where a proxy of one's own stands.
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


class TooManyPostsError(Exception):
    """This address has posted the form too often; nothing was stored."""


def peer() -> str:
    """The digest of the address that asks; blank where limits by address are off."""
    if comes_through_unknown_proxy():
        log.warning("X-Forwarded-For from a proxy that web.trusted_proxies does not count: no limits by address")
        return ""
    return the_desk().keys.digest(f"peer {_network(request.remote_addr or '')}")


def comes_through_unknown_proxy() -> bool:
    """All customers seem to be one address then, which must not shut out the rest."""
    if the_desk().config.web.trusted_proxies or "X-Forwarded-For" not in request.headers:
        return False
    address = _address(request.remote_addr or "")
    return address is None or any(address in network for network in INSIDE)


def count_post(session: Session, *, now: datetime) -> None:
    """Raises TooManyPostsError from the eleventh within an hour on."""
    who = peer()
    if not who:
        throttles.count(session, UNKNOWN_PROXY, window=DAY, now=now)
    elif throttles.count(session, f"form {who[:40]}", window=HOUR, now=now) > _limits().form_posts_per_hour:
        raise TooManyPostsError("too many forms from one address")


def may_try_tokens(session: Session, *, now: datetime) -> bool:
    who = peer()
    return not who or throttles.seen(session, _tokens(who), window=MINUTE, now=now) < _limits().wrong_tokens_per_minute


def count_wrong_token(session: Session, *, now: datetime) -> None:
    who = peer()
    if who:
        throttles.count(session, _tokens(who), window=MINUTE, now=now)


def proxy_is_unknown() -> bool:
    """Whether staff must be told that customers come through a proxy nobody configured."""
    if comes_through_unknown_proxy():
        return True
    desk = the_desk()
    with desk.readers() as session:
        return throttles.seen(session, UNKNOWN_PROXY, window=DAY, now=desk.clock()) > 0


def _limits() -> Limits:
    return the_desk().config.desk.limits


def _tokens(who: str) -> str:
    return f"token {who[:40]}"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> str:
    """An IPv6 customer owns a /64 at least: its addresses are one."""
    address = _address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or text)
