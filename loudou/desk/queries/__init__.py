"""What desk gathers from the rooms below. Reads only; every one bounded, whatever the data."""
