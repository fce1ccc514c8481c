"""The hot path: functions from arrays to arrays."""
