"""The forecast cycle: who expects how much in a period, level by level, and how near they came."""
