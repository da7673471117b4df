#!/usr/bin/env bash
# compact_head.sh PEOPLE LFW OUT [OPTIONS]: what a compact head costs. One subnet is trained three times on the same
# people, by their names, with descriptors of 1536, 256 and 128 numbers; then they are judged side by side on LFW. OPTIONS
# go to baseline.py, such as --exclude-people FILE, or --epochs-scale 0.5 for a trial. The same command goes on where it
# stopped; with other options it refuses a folder that was begun.
set -euo pipefail
usage="usage: compact_head.sh PEOPLE LFW OUT [OPTIONS]"
people=${1:?$usage} lfw=${2:?$usage} out=${3:?$usage} here=$(cd "$(dirname "$0")" && pwd) files=()
shift 3
for length in full 256 128; do
  mkdir -p "$out/$length"
  python "$here/baseline.py" --network "smallest subnet alone" --data "$people" --descriptor $length \
    --out "$out/$length" "$@" > "$out/$length/result.json.part"
  mv "$out/$length/result.json.part" "$out/$length/result.json"
  files+=("$length=$out/$length/network.tflite")
done
python "$here/table2.py" "${files[@]}" --against full --data "$lfw"
