"""The bridge to ``nnictl``: our strategies as a tuner, trials, the experiment file, and a page that is closed."""
