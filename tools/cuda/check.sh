#!/usr/bin/env bash
# Compiles pixseek with the feature `cuda` on a machine that has neither a GPU nor the CUDA toolkit: the toolkit comes as
# Python packages, into target/cuda. This shows that the feature compiles, not that it runs.
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
"$venv/bin/pip" install --quiet --disable-pip-version-check nvidia-cuda-nvcc nvidia-cuda-runtime nvidia-cuda-crt \
    nvidia-nvvm nvidia-cuda-cccl nvidia-cublas nvidia-curand nvidia-cuda-nvrtc

toolkit=$(echo "$PWD/$venv"/lib/python3*/site-packages/nvidia/cu13)
# The packages have libX.so.N, and linkers look for lib64/libX.so.
ln -sfn lib "$toolkit/lib64"
for library in "$toolkit"/lib/lib*.so.*; do
    ln -sf "$(basename "$library")" "${library%%.so.*}.so"
done

export CUDA_HOME=$toolkit CUDA_PATH=$toolkit CUDA_ROOT=$toolkit CUDA_TOOLKIT_ROOT_DIR=$toolkit
export PATH=$toolkit/bin:$PATH
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-80}
# cudarc 0.19 knows no CUDA newer than this.
export CUDARC_CUDA_VERSION=${CUDARC_CUDA_VERSION:-13010}
if [ $# -eq 0 ]; then
    set -- cargo check --features cuda
fi
exec "$@"
