#!/usr/bin/env bash
# heads.sh PEOPLE LFW START OUT [OPTIONS]: what people's names teach a network that knows faces already, with a softmax and
# with an ArcFace head. The largest subnet of START, the folder of an identity SuperNet's run in the space `mobilefacenet`
# (width 1), learns alone, twice, from the same photos; both and what they began with are judged side by side on LFW.
# OPTIONS go to baseline.py, such as --exclude-people FILE, or --epochs-scale 0.5 for a trial; TABLE2 in the environment
# holds those for table2.py, such as --detections FILE. The same command goes on where it stopped.
set -euo pipefail
usage="usage: heads.sh PEOPLE LFW START OUT [OPTIONS]"
people=${1:?$usage} lfw=${2:?$usage} start=${3:?$usage} out=${4:?$usage} here=$(cd "$(dirname "$0")" && pwd)
shift 4
mkdir -p "$out"
[ -e "$out/start.tflite" ] || python "$here/recalibrated.py" "$start" --data "$people" --out "$out/start.tflite"
files=("start=$out/start.tflite")
for head in softmax arcface; do
  mkdir -p "$out/$head"
  python "$here/baseline.py" --network "largest subnet alone" --data "$people" --recipe "$here/heads/$head.yaml" \
    --start "$start/supernet.safetensors" --out "$out/$head" "$@" > "$out/$head/result.json.part"
  mv "$out/$head/result.json.part" "$out/$head/result.json"
  files+=("$head=$out/$head/network.tflite")
done
python "$here/table2.py" "${files[@]}" --against start softmax --data "$lfw" ${TABLE2:-}
