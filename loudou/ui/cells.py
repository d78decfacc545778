"""Text in tables that leave the house: no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

FORMULA = "=+-@\t\r\n＝＋－＠"
# What spreadsheets write where a formula failed.
ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"),
        "#?",  # a formula that was never calculated
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA"),
    }
)


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes in front where it could (OWASP, IE-02).

    Import takes exactly that apostrophe off again, so a text that begins like a guarded one gets a second.
    """
    begins = text.lstrip("'")[:1]
    return f"'{text}" if begins and begins in FORMULA else text
