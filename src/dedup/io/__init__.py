"""Files in, files out: nothing is read wrongly in silence, nothing is half written."""
