"""Deduplicate JSON lines on Spark: a job for ``spark-submit``.

    spark-submit examples/spark_job.py "s3a://crawl/2026-11/*.jsonl" s3a://crawl/clean [CHECKPOINTS]

Each record needs a unique ``id``, and ``text``. The kept records go to the folder ``kept``, and the
ids of the others, each with the id of the record that it repeats, to the folder ``removed``; both
are Parquet. More than about 100 million records need a folder for checkpoints that all workers
share.
"""

import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession

from dedup.adapters import spark


def main(source: str, target: str, checkpoints: str | None = None) -> None:
    """Read records, deduplicate them, and write the kept ones and the list of the others."""
    session = SparkSession.builder.appName("dedup").getOrCreate()
    if checkpoints is not None:
        session.sparkContext.setCheckpointDir(checkpoints)
    records = session.read.json(source)
    marked = spark.deduplicate(records).persist(StorageLevel.DISK_ONLY)
    kept = marked.where("dedup_keep").select(*records.columns)
    removed = marked.where("not dedup_keep").select("id", "dedup_witness", "dedup_similarity")
    kept.write.mode("overwrite").parquet(f"{target}/kept")
    removed.write.mode("overwrite").parquet(f"{target}/removed")
    print(f"kept {marked.where('dedup_keep').count():,} of {marked.count():,} records")
    session.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
