#!/usr/bin/env bash
# Compiles src/clip/towers/cuda/layers.cu to layers.ptx, which is committed, so that nobody needs to do it to build pixseek.
# Needs nvcc: `tools/cuda/check.sh tools/cuda/kernels.sh` brings one.
set -euo pipefail
cd "$(dirname "$0")/../../src/clip/towers/cuda"
# Turing is the oldest GPU that CUDA 13 knows; newer ones translate it when it is loaded.
nvcc --ptx -O3 -arch=compute_75 -o layers.ptx layers.cu
# Nothing in it is newer than CUDA 11.8, so that drivers from that one on load it. ptxas would tell.
sed -i -e 's/^\.version .*/.version 7.8/' -e '/^\/\//d' layers.ptx
ptxas -arch=sm_80 -o /dev/null layers.ptx
