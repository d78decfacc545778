"""Reading what was promised and kept, packs and meetings."""
