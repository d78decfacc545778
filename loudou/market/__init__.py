"""The market as the field sees it: managers' walks, and the picture that visits, day logs and walks draw."""
