"""Export: what a person may see, as a file with the columns that import reads (`docs/export.md`).

`sheets` know which rows and columns a kind has for whom, `cells` how a value is written so that nothing happens when a
spreadsheet opens it, `files` write CSV and XLSX as the rows come.
"""
