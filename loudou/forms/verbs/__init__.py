"""What happens to forms: they are proposed, justified, approved, issued, filled in, read, reviewed, changed, retired."""

from loudou.forms.verbs.approving import ask_approval, confirm_form, refuse_form
from loudou.forms.verbs.designing import (
    add_form,
    change_form,
    drop_version,
    edit_version,
    justify,
    propose_form,
)
from loudou.forms.verbs.filling import Filled, confirm_record, correct_record, fill_form, refuse_record
from loudou.forms.verbs.importing import import_record, withdraw_records
from loudou.forms.verbs.issuing import give_form, issue, retire_form
from loudou.forms.verbs.reading import (
    MOST_OUT,
    doubt_record,
    print_record,
    read_record,
    take_out_records,
    use_record,
)
from loudou.forms.verbs.reviewing import decide_review, open_review

__all__ = [
    "MOST_OUT",
    "Filled",
    "add_form",
    "ask_approval",
    "change_form",
    "confirm_form",
    "confirm_record",
    "correct_record",
    "decide_review",
    "doubt_record",
    "drop_version",
    "edit_version",
    "fill_form",
    "give_form",
    "import_record",
    "issue",
    "justify",
    "open_review",
    "print_record",
    "propose_form",
    "read_record",
    "refuse_form",
    "refuse_record",
    "retire_form",
    "take_out_records",
    "use_record",
    "withdraw_records",
]
