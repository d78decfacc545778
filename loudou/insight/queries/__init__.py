"""Reading what the figures are made of.

What is counted: `stocks`, `flows`, `courses` (cohorts) and `times`, `by_period` several of their periods at once, `closes`,
`waterfall`, `sheet` and the like, each the rows of one figure. Whose and which rows, `scope`; of a past instant the few
deals that its rows do not tell, `known`. `achieved` is what counts towards targets, `kept` what is not read twice.
"""
