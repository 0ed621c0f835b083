"""How a mail server is reached safely: a mode and a host go in; a checked TLS context, or a refusal, comes out."""

import ipaddress
import ssl
from enum import StrEnum
from pathlib import Path


class Tls(StrEnum):
    """``none`` is for servers on this machine alone: there is no fall-back to clear text."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


class ClearTextError(ValueError):
    """TLS was switched off for a server that is not on this machine."""


def refuse_clear_text(host: str, tls: Tls) -> None:
    if tls is Tls.NONE and not is_loopback(host):
        raise ClearTextError('tls = "none" is for loopback only')


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def client_context(cafile: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and host name checked; ``cafile`` names a CA of one's own."""
    context = ssl.create_default_context(cafile=None if cafile is None else str(cafile))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
