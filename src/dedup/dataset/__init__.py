"""Files of records in, the same files without repeats out."""
