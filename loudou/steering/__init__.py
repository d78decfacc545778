"""How targets are kept on course: pace, what the funnel must hold, causes and measures, budgets, closing of months."""
