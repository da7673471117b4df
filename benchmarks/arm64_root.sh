#!/usr/bin/env bash
# An arm64 Python with numpy and ai-edge-litert in a folder of its own, from Debian's packages and PyPI's wheels; nothing
# outside that folder changes. Needs Debian's apt, dpkg and pip.
#   benchmarks/arm64_root.sh FOLDER
set -euo pipefail
folder=$(realpath -m "${1:?usage: arm64_root.sh FOLDER}")
mkdir -p "$folder"/{root,wheels,apt/lists/partial,apt/archives/partial}
: > "$folder/apt/status"

# An apt that knows only arm64 and believes that nothing is installed, so that it brings every dependency.
apt=(apt-get -qq -o "APT::Architecture=arm64" -o "APT::Architectures=arm64" -o "APT::Sandbox::User=root"
  -o "Dir::State::status=$folder/apt/status" -o "Dir::State::lists=$folder/apt/lists"
  -o "Dir::Cache::archives=$folder/apt/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
  -o "Debug::NoLocking=true")
"${apt[@]}" update
"${apt[@]}" install --yes --download-only --no-install-recommends python3 libstdc++6 > /dev/null
for package in "$folder"/apt/archives/*.deb; do
  dpkg-deb --extract "$package" "$folder/root"
done

python=$(basename "$(readlink "$folder/root/usr/bin/python3")")
"${PYTHON:-python3}" -m pip download --quiet --only-binary=:all: --python-version "${python#python}" --dest "$folder/wheels" \
  --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 \
  "ai-edge-litert==$("${PYTHON:-python3}" -c 'from importlib.metadata import version; print(version("ai-edge-litert"))')" numpy
for wheel in "$folder"/wheels/*.whl; do
  "${PYTHON:-python3}" -m zipfile -e "$wheel" "$folder/root/packages"
done
echo "/usr/bin/$python"
