"""Everything that can be done to customers and the people there."""

from loudou.customers.verbs._sure import Taken
from loudou.customers.verbs._values import differences, faults
from loudou.customers.verbs.bulk import add_contacts, add_customers
from loudou.customers.verbs.contacting import note_heard
from loudou.customers.verbs.keeping import (
    add_customer,
    edit_customer,
    hand_over,
    share,
    tag,
    unshare,
    verify_phone,
)
from loudou.customers.verbs.looking import (
    REVEALS_A_DAY,
    Exhausted,
    Seen,
    look_for_duplicates,
    print_chain,
    reveal_phone,
)
from loudou.customers.verbs.merging import UNDO_DAYS, merge_customers, unmerge
from loudou.customers.verbs.people import add_contact, edit_contact, mark_back, mark_left
from loudou.customers.verbs.remarks import add_file, add_note, remove_file
from loudou.customers.verbs.sighting import sight
from loudou.customers.verbs.withdrawing import withdraw_contacts, withdraw_customers

__all__ = [
    "REVEALS_A_DAY",
    "UNDO_DAYS",
    "Exhausted",
    "Seen",
    "Taken",
    "add_contact",
    "add_contacts",
    "add_customer",
    "add_customers",
    "add_file",
    "add_note",
    "differences",
    "edit_contact",
    "edit_customer",
    "faults",
    "hand_over",
    "look_for_duplicates",
    "mark_back",
    "mark_left",
    "merge_customers",
    "note_heard",
    "print_chain",
    "remove_file",
    "reveal_phone",
    "share",
    "sight",
    "tag",
    "unmerge",
    "unshare",
    "verify_phone",
    "withdraw_contacts",
    "withdraw_customers",
]
