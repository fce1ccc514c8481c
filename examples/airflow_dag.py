"""Keep the new records of a crawler each hour: Airflow 3.

Put this file into the folder of DAGs. ``dedup-clean`` must be on the PATH of the workers, and
FOLDER on a disk that they share. The crawler writes ``incoming/2026-11-25T10.jsonl`` and so on;
the DAG writes ``new/`` and ``seen.db``. (The tests of this project compile this file and run its
command, but not Airflow, which is too large for them.)

An hour that failed can be run again with the same output: the index recognises its records.
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
    max_active_runs=1,  # hours run in order: the first copy of a story is kept
):
    BashOperator(
        task_id="keep_what_is_new",
        bash_command=COMMAND,
        retries=3,
        retry_delay=timedelta(minutes=5),
    )
