"""Forecast figures: error, bias, worth of an adjustment, and the calendar of the cycle."""
