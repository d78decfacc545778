"""A selling company of any size, made in bulk, for measurements: `loudou demo --scale N` and `make bench`."""

from loudou.demo.world.company import PASSWORD, SIZES, Size, build, scaled

__all__ = ["PASSWORD", "SIZES", "Size", "build", "scaled"]
