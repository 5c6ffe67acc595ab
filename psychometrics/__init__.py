"""Numbers only: statistics of tests and scores. NumPy and SciPy, no Django."""
