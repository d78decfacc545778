"""What we sell: products and their prices."""
