"""Reading funnels and deals."""
