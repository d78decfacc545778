"""When a report is due to be sent."""
