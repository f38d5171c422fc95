"""Values and decisions of the census: standard library only, no I/O, no clock."""
