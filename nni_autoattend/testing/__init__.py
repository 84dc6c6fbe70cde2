"""Contracts to run on your own: ``spaces.check_space``, ``strategies.check_strategy``; both as pytest classes too."""
