"""Who: authorities, departments, communes, people, and what they are told."""

from communes.models.message import DigestMail, Message
from communes.models.units import Authority, Commune, Department, Letterhead, UnitChange, User, Validity

__all__ = [
    "Authority",
    "Commune",
    "Department",
    "DigestMail",
    "Letterhead",
    "Message",
    "UnitChange",
    "User",
    "Validity",
]
