"""The section of a server that takes tokens instead of a password: who gives them out, where, and for what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from models.config.parts import ExistingFile, FaultError, Section, Text, is_loopback

_TENANT = re.compile(r"[A-Za-z0-9.-]*")


@dataclass(frozen=True)
class _Provider:
    """Where a provider gives tokens out, and the scopes of mail; ``{tenant}`` is Microsoft's name of a firm."""

    token_url: str = ""
    device_url: str = ""
    by_code: str = ""
    by_client: str = ""


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_PROVIDERS: Mapping[str, _Provider] = {
    # https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
    "microsoft": _Provider(
        token_url=f"{_MICROSOFT}/token",
        device_url=f"{_MICROSOFT}/devicecode",
        by_code="https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        by_client="https://outlook.office365.com/.default",
    ),
    # A token is renewed with the scopes that it was given for: Google wants none named.
    "google": _Provider(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address, no password
    "custom": _Provider(),
}


def _tenant(value: str) -> str:
    if not _TENANT.fullmatch(value):
        raise ValueError("is no tenant: write the domain or the number of your firm at Microsoft")
    return value


def _safe_url(value: str) -> str:
    """Secrets and tokens pass there: https, but on this machine."""
    url = urlsplit(value)
    clear = url.scheme == "http" and is_loopback(url.hostname or "")
    if value and not (url.hostname and (url.scheme == "https" or clear)):
        raise ValueError("is no safe address: write https://HOST/PATH (http is for loopback only)")
    return value


class OAuth2(Section):
    """Log-in by token instead of password; with ``refresh_token_file`` by code flow, else by client credentials."""

    provider: Literal["microsoft", "google", "custom"]
    client_id: Text
    client_secret_file: ExistingFile | None = None
    refresh_token_file: ExistingFile | None = None
    tenant: Annotated[str, AfterValidator(_tenant)] = ""
    token_url: Annotated[str, AfterValidator(_safe_url)] = ""
    device_url: Annotated[str, AfterValidator(_safe_url)] = ""
    scope: str = ""

    @model_validator(mode="after")
    def _enough_to_ask_with(self) -> Self:
        by_client = self.refresh_token_file is None
        if (self.provider == "custom") != bool(self.token_url):
            raise FaultError("token_url", said='goes with provider = "custom", and only with it')
        if by_client and self.provider == "google":
            raise FaultError("refresh_token_file", said="is missing: Google opens a mailbox by refresh token only")
        if by_client and self.client_secret_file is None:
            raise FaultError("client_secret_file", said="is missing: without refresh_token_file it is what we show")
        if by_client and self.provider == "microsoft" and not self.tenant:
            raise FaultError("tenant", said="is missing: without refresh_token_file write the firm's own")
        return self

    @property
    def endpoint(self) -> str:
        """Where tokens are asked for."""
        return self.token_url or self._at(_PROVIDERS[self.provider].token_url)

    @property
    def device_endpoint(self) -> str:
        """Where a person's consent is asked for by a code (RFC 8628); empty where the provider has no such place."""
        return self.device_url or self._at(_PROVIDERS[self.provider].device_url)

    @property
    def scopes(self) -> str:
        provider = _PROVIDERS[self.provider]
        return self.scope or (provider.by_code if self.refresh_token_file else provider.by_client)

    def _at(self, url: str) -> str:
        return url.format(tenant=self.tenant or "organizations")
