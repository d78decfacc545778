"""Learning from closed deals: what was known of a deal at an instant, the model, how well it foretells."""
