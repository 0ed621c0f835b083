"""The name of a folder as a configuration has it goes in; out comes the name that its server knows it by."""

from imapclient import IMAPClient


def native(client: IMAPClient, name: str) -> str:
    """A configuration separates folders by "/" and need not know what a server puts before them ("INBOX.")."""
    if name.upper() == "INBOX":
        return name
    prefixes, separator = _namespaces(client)
    said = name.replace("/", separator) if separator else name
    # It may be written whole, or lie among what others share.
    written_whole = any(prefix and said.startswith(prefix) for prefix in prefixes)
    return said if written_whole or not prefixes else prefixes[0] + said


def _namespaces(client: IMAPClient) -> tuple[list[str], str]:
    """What begins the names of folders, one's own first, and what separates their parts (RFC 2342)."""
    if not client.has_capability("NAMESPACE"):
        separator = client.list_folders("", "")[0][1]
        return [], separator.decode() if isinstance(separator, bytes) else separator or ""
    own, others, shared = client.namespace()
    known = [*(own or ()), *(others or ()), *(shared or ())]
    return [prefix for prefix, _ in known] if own else [], known[0][1] or "" if known else ""
