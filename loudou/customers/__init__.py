"""To whom we sell: customers and the people there."""
