"""Removals as ledger entries, their files, and restoring a text."""
