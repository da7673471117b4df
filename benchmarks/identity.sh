#!/usr/bin/env bash
# identity.sh LFW CELEBS OUT [OPTIONS]: an identity SuperNet as the bundled one was made, from photos to a folder that
# `facefit fit --task identity --bundle OUT/run` takes. The people of LFW and CELEBS (a folder per person) are gathered, dlib's
# network describes them, those of the protocol lfw-596 and who looks like them are left out, the SuperNet learns, subnets
# are labelled, and what ranks them is learnt. OPTIONS go to `facefit train`, such as --recipe FILE or --start FILE;
# SUBNETS in the environment says how many labels (800). The same command goes on where it stopped.
set -euo pipefail
usage="usage: identity.sh LFW CELEBS OUT [OPTIONS]"
lfw=$(realpath "${1:?$usage}") celebs=$(realpath "${2:?$usage}") out=${3:?$usage} here=$(cd "$(dirname "$0")" && pwd)
shift 3
people=$out/people
mkdir -p "$people"
for folder in "$lfw"/*/ "$celebs"/*/; do
  ln -sfn "${folder%/}" "$people/$(basename "$folder")"
done
python "$here/teacher.py" "$people" --out "$out/teacher.parquet"
python "$here/excluded_people.py" "$out/teacher.parquet" "$lfw/lfw-ytf-596-subjects.txt" --out "$out/excluded.txt"
facefit train --task identity --data "$people" --teacher "$out/teacher.parquet" --exclude-people "$out/excluded.txt" \
  --out "$out/run" "$@"
facefit label "$out/run" --data "$people" --subnets "${SUBNETS:-800}" --workers "${WORKERS:-1}"
facefit compare "$out/run"
