"""The reports of days: the 3E board, log discipline, managers' signatures."""
