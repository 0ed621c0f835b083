"""What must be proved before a kind of request may disclose or change anything."""

from models.rules.kinds import Kind

NEEDS_PROOF = frozenset(
    {Kind.RECTIFICATION, Kind.ACCESS, Kind.ERASURE, Kind.PORTABILITY, Kind.RESTRICTION, Kind.OBJECTION}
)
"""Opt-out asks nothing beyond the address (GDPR Art. 21(3), 7(3)); an ordinary question discloses nothing.

A verdict of our mail server proves none of these: it vouches for a domain, not for whose mailbox of it wrote, and what
discloses or changes needs the link that went to the address on file (security.md)."""

SECOND_PERSON = frozenset({Kind.ACCESS, Kind.ERASURE, Kind.PORTABILITY})
"""Where staff accept an identity without the mailed link, these kinds need two of them."""


def needs_proof(kind: Kind) -> bool:
    return kind in NEEDS_PROOF


def needs_second_person(kind: Kind, *, sensitive: bool) -> bool:
    return kind in SECOND_PERSON or sensitive


def discloses(kind: Kind) -> bool:
    """Whether a package will be fetched, so that the proof page must show a code."""
    return kind in {Kind.ACCESS, Kind.PORTABILITY}
