"""The closed sets that every part of the desk speaks: kinds of request, fields of a correction, roles of staff."""

from enum import StrEnum


class Kind(StrEnum):
    """The right that a request asks for (GDPR Art. 15 to 22); ``other`` is an ordinary question."""

    RECTIFICATION = "rectification"
    OPT_OUT = "opt_out"
    ACCESS = "access"
    ERASURE = "erasure"
    PORTABILITY = "portability"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OTHER = "other"


RIGHTS = frozenset(Kind) - {Kind.OTHER}


class Field(StrEnum):
    """What a column of a customer database, or a value in a letter, is about."""

    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    STREET = "street"
    CITY = "city"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    COMPANY = "company"
    VAT_ID = "vat_id"
    DATE_OF_BIRTH = "date_of_birth"
    IP_ADDRESS = "ip_address"
    PAYMENT = "payment"
    OTHER = "other"


PARTS: dict[Field, tuple[Field, ...]] = {
    Field.ADDRESS: (Field.STREET, Field.POSTAL_CODE, Field.CITY, Field.COUNTRY),
    Field.NAME: (Field.GIVEN_NAME, Field.FAMILY_NAME),
}
"""What a whole address or name consists of, in the order in which it is written down."""
WHOLES: dict[Field, Field] = {part: whole for whole, parts in PARTS.items() for part in parts}


class Correct(StrEnum):
    """How far a column may be corrected."""

    AUTO = "auto"
    APPROVE = "approve"
    FOUR_EYES = "four_eyes"
    NEVER = "never"


class Action(StrEnum):
    """What a correction asks for: a new value, or none any more."""

    SET = "set"
    REMOVE = "remove"


class Role(StrEnum):
    """What a member of staff may do; who may do what stands in ``rules/permissions``."""

    VIEWER = "viewer"
    AGENT = "agent"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Channel(StrEnum):
    """How a message reached the desk."""

    MAIL = "mail"
    FORM = "form"
    LMTP = "lmtp"
    HAND = "hand"

    @property
    def is_mail(self) -> bool:
        """Whether it came as a mail does, with a header; what was typed has none."""
        return self in {Channel.MAIL, Channel.LMTP}


class Auto(StrEnum):
    """Which machine wrote a message, in the order in which they are looked for."""

    OWN = "own"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    LIST = "list"
    NOTIFICATION = "notification"
