"""Keep the records that are new of what a crawler leaves each hour: Airflow 3.

Put it into the folder of DAGs. ``dedup-clean`` has to be on the PATH of the workers, and FOLDER on
a disk of theirs: in it are ``incoming/2026-11-25T10.jsonl`` and so on, and it gets ``new/`` and
``seen.db``. (Airflow is too large to be installed for the tests of this project: they compile this
file, and run its command.)

An hour that failed can be run again, to the same output: the index knows a file that it has seen.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator  # type: ignore[import-not-found]
from airflow.sdk import DAG  # type: ignore[import-not-found]

FOLDER = "/srv/news"
HOUR = "{{ data_interval_start.strftime('%Y-%m-%dT%H') }}.jsonl"
COMMAND = f"cd {FOLDER} && dedup-clean --index seen.db --id-key url incoming/{HOUR} -o new/{HOUR}"

with DAG(
    "dedup_new",
    schedule="@hourly",
    start_date=datetime(2026, 11, 25, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # hour after hour: the first that brings a story keeps it
):
    BashOperator(
        task_id="keep_what_is_new",
        bash_command=COMMAND,
        retries=3,
        retry_delay=timedelta(minutes=5),
    )
