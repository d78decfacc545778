"""What goes wrong, why, whether it comes again, and the rules that are written against it."""
