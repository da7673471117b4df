#!/usr/bin/env bash
# compact_head.sh PEOPLE LFW START OUT [OPTIONS]: what a compact head costs in once-for-all's space. The smallest subnet of
# START, the `supernet.safetensors` of an identity SuperNet of that space (width 1.2), is trained on alone three times, on
# the same people and by their names, with new heads: descriptors of 1536, 256 and 64 numbers. Then they are judged side
# by side on LFW. OPTIONS go to baseline.py, such as --exclude-people FILE, or --epochs-scale 0.5 for a trial; TABLE2 in the
# environment holds those for table2.py, such as --detections FILE. The same command goes on where it stopped; with
# other options it refuses a folder that was begun.
set -euo pipefail
usage="usage: compact_head.sh PEOPLE LFW START OUT [OPTIONS]"
people=${1:?$usage} lfw=${2:?$usage} start=${3:?$usage} out=${4:?$usage} here=$(cd "$(dirname "$0")" && pwd) files=()
shift 4
for length in full 256 64; do
  mkdir -p "$out/$length"
  python "$here/baseline.py" --network "smallest subnet alone" --data "$people" --descriptor $length \
    --recipe "$here/compact_head.yaml" --start "$start" --out "$out/$length" "$@" > "$out/$length/result.json.part"
  mv "$out/$length/result.json.part" "$out/$length/result.json"
  files+=("$length=$out/$length/network.tflite")
done
python "$here/table2.py" "${files[@]}" --against full --data "$lfw" ${TABLE2:-}
