#!/usr/bin/env bash
# compact_head.sh PEOPLE LFW OUT: what a compact head costs. One subnet is trained three times on the same people, by
# their names, with descriptors of 1536, 256 and 128 numbers; then they are judged side by side on LFW. OPTIONS are
# passed on to baseline.py, such as OPTIONS="--epochs-scale 0.5". Resumable: the same command goes on.
set -euo pipefail
people=$1 lfw=$2 out=$3 here=$(cd "$(dirname "$0")" && pwd) files=()
for length in full 256 128; do
  [[ -s $out/$length/result.json ]] || {
    mkdir -p "$out/$length"
    # shellcheck disable=SC2086
    python "$here/baseline.py" --network "smallest subnet alone" --data "$people" --descriptor $length \
      --out "$out/$length" ${OPTIONS:-} > "$out/$length/result.json.part"
    mv "$out/$length/result.json.part" "$out/$length/result.json"
  }
  files+=("$length=$out/$length/network.tflite")
done
python "$here/table2.py" "${files[@]}" --against full --data "$lfw"
