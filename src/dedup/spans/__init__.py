"""Stretches that repeat earlier ones, wherever lines and paragraphs end."""
