"""Reading tasks: of one person by when they are due, of a team in numbers, for the panels on other pages."""
