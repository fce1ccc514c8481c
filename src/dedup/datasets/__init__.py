"""Files of records in, the same files without duplicates out."""
