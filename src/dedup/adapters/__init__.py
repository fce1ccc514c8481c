"""Adapters for other libraries; each imports its library at use."""
