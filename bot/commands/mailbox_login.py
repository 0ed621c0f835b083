"""The name of a server that takes tokens goes in; a person logs in at its provider; the refresh token is written."""

import time
from pathlib import Path

import click

from bot.edge import DeskError
from bot.mail.login import device_login
from bot.mail.login.oauth2 import TokenError
from bot.tokens import client_of
from models.config import Config, OAuth2

SMTP = "smtp"


def log_in(config: Config, name: str) -> None:
    """``name``: that of a mailbox, or "smtp"."""
    section = _section(config, name)
    path = section.refresh_token_file
    if path is None:
        raise DeskError(f"{name} is opened in nobody's name: name a refresh_token_file to log in as a person")
    if not section.device_endpoint:
        raise DeskError(
            f"{name}: this provider has no log-in by code (or device_url is missing): get a refresh token by the "
            f"code flow, see config.example.toml, and write it into {path}"
        )
    _write(path, _refresh_token(section))
    click.echo(f"The refresh token is in {path}. Now see: rightsdesk check")


def _section(config: Config, name: str) -> OAuth2:
    servers = {mailbox.name: mailbox.oauth2 for mailbox in config.mailboxes}
    if config.smtp is not None:
        servers.setdefault(SMTP, config.smtp.oauth2)
    section = servers.get(name)
    if section is None:
        known = ", ".join(one for one, by_token in servers.items() if by_token) or "none"
        raise DeskError(f"{name} logs in by no token: write a section oauth2 for it (known: {known})")
    return section


def _refresh_token(section: OAuth2) -> str:
    client = client_of(section)
    try:
        invitation = device_login.invite(client, section.device_endpoint)
        minutes = max(invitation.expires_in // 60, 1)
        click.echo(f"Open {invitation.url} within {minutes} minutes, log in as the mailbox, enter {invitation.code}")
        granted = device_login.wait(client, invitation, sleep=time.sleep)
    except TokenError as error:
        raise DeskError(f"nobody is logged in: {error}: mend [oauth2], or try again") from error
    if granted.refresh is None:
        raise DeskError("the provider gave no refresh token: its scope needs offline_access, or the like")
    return granted.refresh


def _write(path: Path, refresh: str) -> None:
    """Into the file as it is: whose it is, and who may read it, stays."""
    try:
        path.write_text(refresh + "\n", "utf-8")
    except OSError as error:
        raise DeskError(f"{path} cannot be written ({error.strerror}): make it writable, and log in again") from error
