"""The command ``dedup-clean``."""
