"""Repeats within one document."""
