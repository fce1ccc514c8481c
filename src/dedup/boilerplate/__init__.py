"""Blocks that recur in many texts: lines and paragraphs that no text says by itself."""
