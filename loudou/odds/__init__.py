"""What closed deals teach about open ones: a model of each funnel, how well it foretells, why it says what it says."""
