"""A Spark session of this process, with two workers, for tests."""

import gc
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from pyspark import SparkContext
from pyspark.sql import SparkSession

SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.session.timeZone": "Europe/Berlin",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "128",  # so that groups span batches
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
STOP_SECONDS = 60.0
needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install default-jdk-headless"
)


def spark_environment() -> dict[str, str]:
    """Return an environment for Spark; its Python processes would be slow under coverage."""
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    return environment | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


@contextmanager
def spark_session(master: str = "local[2]") -> Iterator[SparkSession]:
    """Start Spark, and stop it."""
    builder = SparkSession.builder.master(master)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings(), patch.dict(os.environ, spark_environment(), clear=True):
        warnings.simplefilter("ignore")
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PySpark leaves pipes and sockets open
            gateway = session.sparkContext._gateway  # noqa: SLF001  else it lives on
            session.stop()
            assert gateway is not None
            gateway.shutdown()
            java = gateway.proc
            java.stdin.close()  # then it ends
            java.wait(STOP_SECONDS)
            SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001  as above
            del session, builder, gateway, java
            gc.collect()
