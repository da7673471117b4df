#!/usr/bin/env bash
# Two environments, one for each of the other exporters (1.2 and 1.5 GB), with facefit in each for the networks.
#   benchmarks/exporters/environments.sh FOLDER
set -euo pipefail
folder=${1:?usage: environments.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)

for name in litert-torch keras; do
  "${PYTHON:-python3}" -m venv "$folder/$name"
  "$folder/$name/bin/pip" install --quiet -r "$here/requirements-$name.txt" -e "$here/../.."
done
du -sh "$folder"/litert-torch "$folder"/keras
