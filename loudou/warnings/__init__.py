"""Early warnings: what is about to go wrong with a deal, said in time, answered, and held against what became of it."""
