"""Keys of rows, as a statement is given them."""

from __future__ import annotations


class Keys(list[int]):
    """Keys of rows. Of a bare list psycopg sends the smallest type that holds the largest number in it, and the server
    keeps a statement for each type apart; it also looks at each number for that. These are sent in one type whatever
    their size (`launch/database/keys.py`).
    """
