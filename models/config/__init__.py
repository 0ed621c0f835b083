"""A configuration file goes in; out comes one frozen ``Config``, or a ``ConfigError`` that says what to mend where."""

from models.config.customers import Column, Customer, Subject, Table
from models.config.desk import Desk, Limits
from models.config.fresh import fresh_config_text
from models.config.loading import Config, find_config, load
from models.config.oauth2 import OAuth2
from models.config.parts import ConfigError
from models.config.secret import read_secret, write_secret
from models.config.servers import Database, Listener, Mailbox, Retention, Smtp, Web

__all__ = [
    "Column",
    "Config",
    "ConfigError",
    "Customer",
    "Database",
    "Desk",
    "Limits",
    "Listener",
    "Mailbox",
    "OAuth2",
    "Retention",
    "Smtp",
    "Subject",
    "Table",
    "Web",
    "find_config",
    "fresh_config_text",
    "load",
    "read_secret",
    "write_secret",
]
