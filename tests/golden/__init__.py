"""Frozen results: later versions must compute the same ones."""
