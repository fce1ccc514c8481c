#!/bin/sh
# Keep the new records of the files that a crawler leaves in a folder. Run it from cron:
#
#   PATH=/srv/venv/bin:/usr/bin:/bin
#   */10 * * * *  /usr/local/bin/dedup-new.sh /srv/news
#
# cron has a short PATH. If dedup-clean is in a virtual environment, here /srv/venv, add its folder
# as in the first line.
#
# Inputs are incoming/*.jsonl in the folder: one JSON object a line, with "url" and "text". The
# crawler writes a file elsewhere on the same disk and moves it to incoming/ when it is complete.
# The script writes the new records to new/ and moves the input to done/, both with the time before
# the name. The index is seen.db.
#
# You can run the script at any time and kill it. Only one run works at a time. A run first moves
# its inputs to work/; if it is killed, the next run processes them to the same output. Use a file
# of new/ only when its input is in done/.
set -eu
cd "${1:?usage: dedup-new.sh FOLDER}"
command -v dedup-clean > /dev/null || {
    echo "dedup-new.sh: dedup-clean is not in PATH=$PATH: add its folder to PATH in the crontab" >&2
    exit 1
}
mkdir -p incoming work new done

exec 9> lock
flock --nonblock 9 || exit 0 # an earlier run is still working

for input in incoming/*.jsonl; do
    [ -e "$input" ] || continue # without files the pattern stays as it is
    name=$(date -u +%Y%m%dT%H%M%SZ)-${input##*/}
    # Another input got this name in the same second: wait for the next second.
    while [ -e "work/$name" ] || [ -e "new/$name" ] || [ -e "done/$name" ]; do
        sleep 1
        name=$(date -u +%Y%m%dT%H%M%SZ)-${input##*/}
    done
    mv "$input" "work/$name"
done

failed=0
for input in work/*.jsonl; do
    [ -e "$input" ] || continue
    name=${input##*/}
    # Outputs are complete when they exist: then only the input is left to move.
    [ -e "new/$name" ] ||
        dedup-clean --quiet --index seen.db --id-key url "$input" -o "new/$name" ||
        { failed=1 && continue; } # it printed the reason; the next run tries again
    mv "$input" "done/$name"
done
exit $failed
