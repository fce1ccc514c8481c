#!/bin/sh
# Keep the records that are new, of the files that a crawler leaves in a folder. From cron:
#
#   PATH=/srv/venv/bin:/usr/bin:/bin
#   */10 * * * *  /usr/local/bin/dedup-new.sh /srv/news
#
# cron has a short PATH: put the folder of dedup-clean in it (`which dedup-clean`), as in the first
# line, where it is in a virtual environment in /srv/venv.
#
# In the folder, incoming/*.jsonl are the inputs: one JSON object a line, with "url" and "text". A
# crawler writes a file elsewhere on the same disk and moves it there when it is complete. What is
# new goes to new/, and the inputs to done/, both under a name with the time in front; seen.db is
# the index.
#
# It can be run as often as one likes, and killed: only one runs at a time, an input is first moved
# to work/, and whatever lies there is taken up by the next run, to the same output. Take what is
# new away only once its input is in done/.
set -eu
cd "${1:?usage: dedup-new.sh FOLDER}"
command -v dedup-clean > /dev/null || {
    echo "dedup-new.sh: dedup-clean is not in PATH=$PATH: add its folder to PATH in the crontab" >&2
    exit 1
}
mkdir -p incoming work new done

exec 9> lock
flock --nonblock 9 || exit 0 # the run before has not ended

for input in incoming/*.jsonl; do
    [ -e "$input" ] || continue # there is none, and this is the pattern
    name=$(date -u +%Y%m%dT%H%M%SZ)-${input##*/}
    # One of this name in this second is another input: wait for the next.
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
    # An output is there when it is complete: all that was left to do is to move the input.
    [ -e "new/$name" ] ||
        dedup-clean --quiet --index seen.db --id-key url "$input" -o "new/$name" ||
        { failed=1 && continue; } # it has said why; the next run tries again
    mv "$input" "done/$name"
done
exit $failed
