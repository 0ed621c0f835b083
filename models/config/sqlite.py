"""The path of a SQLite database goes in; out comes the address by which only a file that is there is opened."""

from urllib.parse import quote


def existing_file(path: str) -> str:
    """SQLite would make a missing file empty, readable to all, and so hide that the right one is not there."""
    address = path if path.startswith("file:") else f"file:{quote(path)}"
    return address if "mode=" in address else f"{address}{'&' if '?' in address else '?'}mode=rw"
