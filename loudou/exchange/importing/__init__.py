"""Import: files of any common shape in, rows through the rules that pages obey (`docs/import.md`).

`files` reads, `mapping` says which column means what, `cells` reads values, `kinds` know what a row of theirs is and
which verb takes it, `engine` leads rows from one to the other and counts.
"""
