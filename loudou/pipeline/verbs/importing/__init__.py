"""What other systems know of deals, taken over by the thousand: deals, their past, their lines; and back again.

History is accepted as it was (`contract.md`): it may skip, step back, win from any stage, reopen, and lie years back,
without evidence or contract. Whoever lacks the right to import history uses the verbs of the pages, row by row.
"""

from loudou.pipeline.verbs.importing._past import BIRTH, UNDATED
from loudou.pipeline.verbs.importing.deals import DealRow, correct_deals, import_deals, withdraw_deals
from loudou.pipeline.verbs.importing.lines import LineRow, import_lines, restore_lines
from loudou.pipeline.verbs.importing.moves import MoveRow, import_moves, withdraw_moves

__all__ = [
    "BIRTH",
    "UNDATED",
    "DealRow",
    "LineRow",
    "MoveRow",
    "correct_deals",
    "import_deals",
    "import_lines",
    "import_moves",
    "restore_lines",
    "withdraw_deals",
    "withdraw_moves",
]
