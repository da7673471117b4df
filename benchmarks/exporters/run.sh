#!/usr/bin/env bash
# Our exports against litert-torch's and Keras + TFLiteConverter's, for the same random networks.
#   benchmarks/exporters/run.sh ENVIRONMENTS OUT [--resolution 64 ...]
# ENVIRONMENTS was made by environments.sh; options go to ours.py. By default eight random networks at 224 px and four
# without a 7x7 kernel. SECONDS_EACH is the least time spent on timing each network (20).
set -euo pipefail
environments=${1:?usage: run.sh ENVIRONMENTS OUT [OPTIONS]} out=${2:?usage: run.sh ENVIRONMENTS OUT [OPTIONS]}
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH="$here/../../src"  # the same facefit for all, wherever the environments have theirs from

python "$here/ours.py" "$out" "${@:3}" >&2
"$environments/litert-torch/bin/python" "$here/with_litert_torch.py" "$out" >&2
"$environments/keras/bin/python" "$here/with_keras.py" "$out" >&2
python "$here/compare.py" "$out" --seconds "${SECONDS_EACH:-20}"
