"""Arrays: packed texts, columns of any table, ragged rows, threads, and arrays on disk."""
