"""Doors for the tools that people already use; each imports its library at use."""
