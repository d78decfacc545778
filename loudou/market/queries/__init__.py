"""Reading walks and what the field hears."""
