"""Dedup in the tools that people have their texts in."""
