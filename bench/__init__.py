"""How fast the program is, measured on whatever machine this is: `make bench` (bench/README.md)."""
