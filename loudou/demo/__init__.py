"""A believable company, told day by day through verbs only."""
