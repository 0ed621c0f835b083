"""All tables of the desk, imported in one place so that the metadata is whole."""

from models.alarm import Alarm
from models.audit import Chain, Event, EventDetail
from models.base import Base
from models.canary import Canary
from models.circuit import Circuit
from models.correction import Correction
from models.heartbeat import Heartbeat
from models.mailbox import Mailbox
from models.message import Message
from models.oauth_token import OAuthToken
from models.outbox import OutboxLetter
from models.proof import Link, Package
from models.request import Request
from models.spool import Spool
from models.staff import Staff, StaffSession, Throttle
from models.suppression import Suppression
from models.ticket import Ticket

__all__ = [
    "Alarm",
    "Base",
    "Canary",
    "Chain",
    "Circuit",
    "Correction",
    "Event",
    "EventDetail",
    "Heartbeat",
    "Link",
    "Mailbox",
    "Message",
    "OAuthToken",
    "OutboxLetter",
    "Package",
    "Request",
    "Spool",
    "Staff",
    "StaffSession",
    "Suppression",
    "Throttle",
    "Ticket",
]
