#!/usr/bin/env bash
# Compiles pixseek with the feature `cuda` on a machine that has neither a GPU nor the CUDA toolkit: the toolkit comes as
# Python packages, into target/cuda. `cargo build` makes a program for another machine, which has a GPU and CUDA 13.
#
#   tools/cuda/check.sh [COMMAND ...]     default: cargo check --features cuda
#
# CUDA_COMPUTE_CAP (default 80) is the generation of GPUs that the kernels are compiled for.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/cuda/venv
if [ ! -x "$venv/bin/pip" ]; then
    python3 -m venv "$venv"
fi
# The oldest CUDA 13: kernels that a newer nvcc compiles don't load with the drivers of this one.
"$venv/bin/pip" install --quiet --disable-pip-version-check nvidia-cuda-{nvcc,runtime,crt,cccl,nvrtc}==13.0.* \
    nvidia-nvvm==13.0.* nvidia-cublas nvidia-curand

toolkit=$(echo "$PWD/$venv"/lib/python3*/site-packages/nvidia/cu13)
# The packages have libX.so.N, and linkers look for lib64/libX.so.
ln -sfn lib "$toolkit/lib64"
for library in "$toolkit"/lib/lib*.so.*; do
    ln -sf "$(basename "$library")" "${library%%.so.*}.so"
done

# The driver's own library comes with the driver. To link, its names are enough.
mkdir -p "$toolkit/lib/stubs"
bindings=$(cargo metadata --format-version 1 --locked --features cuda |
    python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "cudarc"))')
grep -rhoE 'fn cu[A-Z][A-Za-z0-9_]*' "$(dirname "$bindings")/src/driver/sys" | sort -u | sed 's/^fn \(.*\)/void \1(void) {}/' |
    cc -shared -fPIC -Wl,-soname,libcuda.so.1 -x c -o "$toolkit/lib/stubs/libcuda.so" -

export LIBRARY_PATH=$toolkit/lib:$toolkit/lib/stubs${LIBRARY_PATH:+:$LIBRARY_PATH}
export CUDA_HOME=$toolkit CUDA_PATH=$toolkit CUDA_ROOT=$toolkit CUDA_TOOLKIT_ROOT_DIR=$toolkit
export PATH=$toolkit/bin:$PATH
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-80}
export CUDARC_CUDA_VERSION=${CUDARC_CUDA_VERSION:-13000}
if [ $# -eq 0 ]; then
    set -- cargo check --features cuda
fi
exec "$@"
