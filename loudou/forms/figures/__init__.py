"""Arithmetic of forms: what may be answered, what a form costs and gives, where forms overlap."""
