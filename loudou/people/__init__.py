"""Who we are: the organisation, its units and people, what each may do, and how they sign in."""
