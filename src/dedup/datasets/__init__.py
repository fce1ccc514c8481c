"""Files of records in, the same files without duplicates out.

The modules, in the order of a run of ``clean_dataset``:

==================== =====================================================================
Module               What it does
==================== =====================================================================
dataset_options      the options of a run: how records are read, what is removed
job                  a job: inputs, settings, options and output of one run
clean_dataset        runs a job: calls the steps below, one after the other
inputs               finds the input files and detects their format
preflight            refuses jobs that contradict themselves or cannot be written
workspace            makes the folder of temporary files, and recovers a killed run
read_inputs          reads all records; removes paragraphs that repeat within a record
record_table         has a column for each property of all records; their ids are on disk
record_texts         reads the texts of records again when they are compared
trim_records         removes boilerplate and repeated spans from records
decide_records       decides which records are removed, and names the witness of each
outputs              the output files: one, or shards
write_records        writes the kept records of JSON, CSV, WARC and text files
write_tables         writes the kept rows of Parquet and Arrow files
record_ledger        writes why each record was removed or changed, and its bytes
dataset_report       counts what was read, kept and removed
restore_dataset      restores the inputs from the outputs and the ledger
audit_files          audits a sample of the records of files
query_files          looks up the records of files in an index
progress_display     shows how far a job has come
stage_seconds        how long the stages of a job take
formats/             one module for each record format, and their detection
==================== =====================================================================

Why was a record removed? ``DatasetReport.copies`` lists the first removed records with their
witnesses: the kept records that they repeat. A ledger (``ledger=``, or ``--ledger`` of the command)
has a line for every removed or changed record, with the reason and the witness: see
``record_ledger``. ``decide_records`` makes the decision, by the rule of ``dedup.matching``.
"""
