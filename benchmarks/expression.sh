#!/usr/bin/env bash
# expression.sh FERPLUS OUT [OPTIONS]: an expression SuperNet as the bundled one was made, from FER+ to a folder that
# `facefit fit --bundle OUT/run` takes. It begins with the bundled identity SuperNet; subnets are labelled by three plans,
# of which two want this machine's latencies (`bands` draws otherwise than it did for the bundled labels, see
# docs/labels-and-search.md), and what ranks them is learnt. OPTIONS go to `facefit train`; WORKERS in the
# environment says how many processes label (1). The same command goes on where it stopped; hours on two cores.
set -euo pipefail
usage="usage: expression.sh FERPLUS OUT [OPTIONS]"
data=$(realpath "${1:?$usage}") out=${2:?$usage}
shift 2
mkdir -p "$out"
package=$(python -c "import facefit; print(facefit.__path__[0])")
learn() { facefit train --data "$data" --licence "research only" "$@"; }
runs=$(dirname "$(realpath "$0")")/runs/expression
learn --start "$package/bundled/identity/supernet.safetensors" --recipe "$runs/kernels/recipe.yaml" --out "$out/kernels" "$@"
learn --start "$out/kernels/supernet.safetensors" --recipe "$runs/sandwich/recipe.yaml" --out "$out/run" "$@"
[ -e "$out/here.profile.json" ] || facefit profile --bundle "$out/run" --out "$out/here.profile.json"
label() { facefit label "$out/run" --data "$data" --workers "${WORKERS:-1}" --profile "$out/here.profile.json" "$@"; }
label --plan graded --subnets 2000
label --plan bands --subnets 2600
label --plan active --subnets 4000
label --plan graded --subnets 8000
label --plan bands --subnets 9600
label --plan active --round 400 --subnets 12000
label --plan graded --subnets 16000
facefit compare "$out/run"
