"""Measured claims: one script per claim, resumable row by row; never part of the test suite."""
