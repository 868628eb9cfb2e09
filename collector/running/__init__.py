"""A collector as it runs: everything started together, watched, and measured."""
