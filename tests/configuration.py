"""A folder with the example configuration and every secret that it names, for tests that change a line of it."""

from pathlib import Path

from models.config import Config, load

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
ENV = {"RIGHTSDESK_SMTP_PASSWORD": "correct horse"}
SECRETS = ("secret", "imap-password", "smtp-password", "shop-ca.pem", "oauth-secret", "oauth-refresh", "metrics-token")


class Example:
    """Called with a text of the example and what stands there instead, it loads the changed file."""

    def __init__(self, folder: Path) -> None:
        (folder / "var").mkdir()
        for name in SECRETS:
            (folder / "var" / name).write_text("swordfish\n")
        self.folder, self.file = folder, folder / "config.toml"

    def __call__(self, old: str = "", new: str = "") -> Config:
        text = EXAMPLE.read_text("utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new, 1), "utf-8")
        return load(self.file, env=ENV)
