"""Pages about customers."""

from loudou.customers.views.chain import chain, chain_pdf
from loudou.customers.views.customer import (
    add,
    customer,
    edit,
    hand_over,
    share,
    tag,
    timeline,
    unshare,
    verify_phone,
)
from loudou.customers.views.listing import (
    choices,
    count,
    customers,
    hand_over_several,
    suggest,
    tag_several,
)
from loudou.customers.views.looking import duplicates, reveal_contact, reveal_phone
from loudou.customers.views.merging import merge, unmerge
from loudou.customers.views.people import add_contact, edit_contact, mark_back, mark_left
from loudou.customers.views.remarks import add_file, add_note, file, remove_file

__all__ = [
    "add",
    "add_contact",
    "add_file",
    "add_note",
    "chain",
    "chain_pdf",
    "choices",
    "count",
    "customer",
    "customers",
    "duplicates",
    "edit",
    "edit_contact",
    "file",
    "hand_over",
    "hand_over_several",
    "mark_back",
    "mark_left",
    "merge",
    "remove_file",
    "reveal_contact",
    "reveal_phone",
    "share",
    "suggest",
    "tag",
    "tag_several",
    "timeline",
    "unmerge",
    "unshare",
    "verify_phone",
]
