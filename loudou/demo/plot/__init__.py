"""The whole story as a list of acts, drawn before anything is told: the same seed gives the same story.

Nothing here knows the database. `story.py` tells the acts one after the other through verbs; since all chance is
spent here, a telling that was interrupted goes on where it stopped.
"""

from loudou.demo.plot.acts import ZONE, Act, Seller, manager_of, wins_of
from loudou.demo.plot.drawing import Plot

__all__ = ["ZONE", "Act", "Plot", "Seller", "manager_of", "wins_of"]
