"""Asking for a signature, giving it, sending back. What a signature permits is carried out by the room that asked."""

from loudou.signoff.verbs.answering import confirm, open_request, refuse, send_back, sign
from loudou.signoff.verbs.asking import ask, content_hash, pass_on, readdress, withdraw
from loudou.signoff.verbs.delegating import delegate, end_delegation
from loudou.signoff.verbs.importing import import_signature, withdraw_signatures
from loudou.signoff.verbs.reminding import escalate, remind

__all__ = [
    "ask",
    "confirm",
    "content_hash",
    "delegate",
    "end_delegation",
    "escalate",
    "import_signature",
    "open_request",
    "pass_on",
    "readdress",
    "refuse",
    "remind",
    "send_back",
    "sign",
    "withdraw",
    "withdraw_signatures",
]
