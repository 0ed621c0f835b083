"""A few names go in; out comes the commented config.toml of a new desk, which loads as it is."""

import json
import re
from importlib import resources


def fresh_config_text(
    *,
    name: str = "Example Shop",
    address: str = "support@shop.example",
    base_url: str = "http://127.0.0.1:8000",
    secret_file: str = "var/secret",  # noqa: S107 - the name of the file, not what is in it
    database_url: str = "sqlite:///var/rightsdesk.sqlite3",
    country: str = "DE",
    timezone: str = "Europe/Berlin",
    port: int = 8000,
) -> str:
    """What ``rightsdesk init`` writes: desk, database and web; every other section is there, commented out."""
    values = {
        "name": name,
        "address": address,
        "base_url": base_url,
        "secret_file": secret_file,
        "database_url": database_url,
        "country": country,
        "timezone": timezone,
        "port": port,
    }
    template = resources.files("models.config").joinpath("fresh.toml").read_text("utf-8")
    # A TOML basic string and a JSON string escape alike.
    return re.sub(r'"@(\w+)@"', lambda place: json.dumps(values[place[1]], ensure_ascii=False), template)
