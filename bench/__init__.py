"""How fast it is, measured: invented data of any size, and what that costs to load and to serve."""
