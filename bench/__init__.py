"""Measures Plumbline against a bare floor in the same run. `make bench`; README.md says what the figures mean."""
