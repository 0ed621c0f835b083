"""A folder and three ports go in; out comes the configuration of a demo desk that lives in this folder."""

import json
import re
from importlib import resources
from pathlib import Path

ADDRESS = "support@shop.example.com"
SECRET_FILE = "var/secret"  # noqa: S105 - the name of the file, not what is in it
SHOP_FILE = "shop.sqlite3"


def demo_config_text(folder: Path, *, port: int, smtp_port: int, catcher_port: int) -> str:
    """``smtp_port`` is the door that mail comes in by; ``catcher_port`` is where letters end, and go no further."""
    values = {
        "address": ADDRESS,
        "base_url": f"http://127.0.0.1:{port}",
        "secret_file": str(folder.absolute() / SECRET_FILE),
        "languages": _languages(),
        "database_url": f"sqlite:///{folder.absolute() / 'var' / 'rightsdesk.sqlite3'}",
        "smtp_port": smtp_port,
        "catcher_port": catcher_port,
        "port": port,
        "shop_url": f"sqlite:///{folder.absolute() / SHOP_FILE}",
    }
    template = resources.files("bot.demo").joinpath("desk.toml").read_text("utf-8")
    # A TOML basic string and a JSON string escape alike.
    return re.sub(r'"@(\w+)@"', lambda place: json.dumps(values[place[1]], ensure_ascii=False), template)


def _languages() -> list[str]:
    """All that the letters have, in the order of the desk's own list."""
    from models.letters import languages
    from models.rules.reading import LANGUAGES

    return [language for language in LANGUAGES if language in languages()]
