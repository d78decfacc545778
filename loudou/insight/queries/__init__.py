"""Reading what the figures are made of."""
