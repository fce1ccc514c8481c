"""Record formats: each reads records with their text and id, and writes kept records unchanged.

- ``record_format.py``: records, batches of records, and the interface of all formats
- ``detect.py``: the format of a file
- ``jsonl.py``, ``json_array.py``: JSON lines, and JSON arrays of objects
- ``json_values.py``: changes one field of a JSON object
- ``unusual_json.py``: long numbers, deep nesting and other JSON that orjson refuses
- ``ranks.py``: the numbers and dates that decide which copy is kept
- ``csv_records.py``: CSV and TSV
- ``arrow_files.py``: Parquet and Arrow
- ``arrow_dictionaries.py``, ``arrow_compression.py``: dictionary columns; how Arrow is compressed
- ``parquet_footer.py``: concatenates Parquet files
- ``warc.py``: WARC and WET
- ``text_files.py``: a text file as one record
"""
