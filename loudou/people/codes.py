"""One-time codes of the second factor (RFC 6238), and the recovery codes beside them."""

from __future__ import annotations

import hashlib

import pyotp

from loudou.kernel import clock

STEP_SECONDS = 30


def code_step(secret: str, code: str) -> int | None:
    """The time step a code belongs to, looking one step back and forward; None when it fits none."""
    digits = code.strip().replace(" ", "")
    if not secret or not (digits.isascii() and digits.isdigit()):
        return None
    totp, now = pyotp.TOTP(secret), int(clock.now().timestamp()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code; how it was spaced and cased does not matter."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
