// What stands between the matrix products of a transformer, each in one pass over memory. candle's own operations take
// several, and their broadcasts take half the time of a tower.
//
// `tools/cuda/kernels.sh` compiles this to layers.ptx, which is part of the program.

#include <cuda_fp16.h>

template <typename T> __device__ float to_float(T x);
template <> __device__ float to_float(float x) { return x; }
template <> __device__ float to_float(__half x) { return __half2float(x); }

template <typename T> __device__ T from_float(float x);
template <> __device__ float from_float(float x) { return x; }
template <> __device__ __half from_float(float x) { return __float2half(x); }

// As many numbers as one instruction loads.
template <typename T, int N> struct alignas(sizeof(T) * N) Pack { T values[N]; };

// The numbers are those of `Activation` in `cuda.rs`.
__device__ float activate(float x, int activation) {
    switch (activation) {
    case 1: return x / (1.0f + expf(-1.702f * x));
    case 2: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case 3: return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case 4: return fmaxf(x, 0.0f);
    case 5: return x / (1.0f + expf(-x));
    default: return x;
    }
}

// y = activation(y + bias) + residual: y has `count` numbers in rows of `columns`; the residual repeats after
// `residual_count` numbers. Either may be null.
template <typename T, int N>
__device__ void finish(T *y, const T *bias, const T *residual, unsigned count, unsigned columns,
                       unsigned residual_count, int activation) {
    unsigned first = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    if (first >= count) return;
    using P = Pack<T, N>;
    P x = *reinterpret_cast<P *>(y + first);
    P b, r;
    if (bias) b = *reinterpret_cast<const P *>(bias + first % columns);
    if (residual) r = *reinterpret_cast<const P *>(residual + first % residual_count);
    for (int i = 0; i < N; i++) {
        float sum = to_float(x.values[i]);
        if (bias) sum += to_float(b.values[i]);
        sum = activate(sum, activation);
        if (residual) sum += to_float(r.values[i]);
        x.values[i] = from_float<T>(sum);
    }
    *reinterpret_cast<P *>(y + first) = x;
}

// From (batch, tokens, parts x heads x size), plus a bias for each column, to (parts, batch, heads, tokens, size).
template <typename T, int N>
__device__ void split_heads(const T *x, const T *bias, T *out, unsigned count, unsigned tokens, unsigned heads,
                            unsigned size, unsigned parts) {
    unsigned first = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    if (first >= count) return;
    using P = Pack<T, N>;
    unsigned d = first % size, rest = first / size;
    unsigned token = rest % tokens;
    rest /= tokens;
    unsigned head = rest % heads;
    rest /= heads;
    unsigned batch = count / (parts * heads * tokens * size);
    unsigned sequence = rest % batch, part = rest / batch;
    unsigned column = (part * heads + head) * size + d;
    P y = *reinterpret_cast<const P *>(x + (sequence * tokens + token) * parts * heads * size + column);
    if (bias) {
        P b = *reinterpret_cast<const P *>(bias + column);
        for (int i = 0; i < N; i++) y.values[i] = from_float<T>(to_float(y.values[i]) + to_float(b.values[i]));
    }
    *reinterpret_cast<P *>(out + first) = y;
}

// From (batch, heads, tokens, size) to (batch, tokens, heads, size).
template <typename T, int N>
__device__ void merge_heads(const T *x, T *out, unsigned count, unsigned tokens, unsigned heads, unsigned size) {
    unsigned first = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    if (first >= count) return;
    using P = Pack<T, N>;
    unsigned d = first % size, rest = first / size;
    unsigned head = rest % heads;
    rest /= heads;
    unsigned token = rest % tokens, sequence = rest / tokens;
    *reinterpret_cast<P *>(out + first) =
        *reinterpret_cast<const P *>(x + ((sequence * heads + head) * tokens + token) * size + d);
}

// The sum over a block of 128 threads, for all of them.
__device__ float block_sum(float x) {
    __shared__ float sums[4];
    for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffff, x, step);
    __syncthreads();
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = x;
    __syncthreads();
    return sums[0] + sums[1] + sums[2] + sums[3];
}

// Layer normalization of rows of `columns` numbers, a block of 128 threads for each. Around the mean first: the mean of the
// squares would lose what is small beside it.
template <typename T>
__device__ void layer_norm(const T *x, const T *weight, const T *bias, T *out, unsigned columns, float eps) {
    const T *row = x + (size_t)blockIdx.x * columns;
    float sum = 0.0f, squares = 0.0f;
    for (unsigned i = threadIdx.x; i < columns; i += 128) sum += to_float(row[i]);
    float mean = block_sum(sum) / columns;
    for (unsigned i = threadIdx.x; i < columns; i += 128) {
        float d = to_float(row[i]) - mean;
        squares += d * d;
    }
    float scale = rsqrtf(block_sum(squares) / columns + eps);
    for (unsigned i = threadIdx.x; i < columns; i += 128) {
        float y = (to_float(row[i]) - mean) * scale;
        out[(size_t)blockIdx.x * columns + i] = from_float<T>(y * to_float(weight[i]) + to_float(bias[i]));
    }
}

#define KERNELS(T, NAME, N)                                                                                            \
    extern "C" __global__ void finish_##NAME(T *y, const T *bias, const T *residual, unsigned count,                   \
                                             unsigned columns, unsigned residual_count, int activation) {              \
        finish<T, N>(y, bias, residual, count, columns, residual_count, activation);                                   \
    }                                                                                                                  \
    extern "C" __global__ void split_heads_##NAME(const T *x, const T *bias, T *out, unsigned count, unsigned tokens,  \
                                                  unsigned heads, unsigned size, unsigned parts) {                     \
        split_heads<T, N>(x, bias, out, count, tokens, heads, size, parts);                                            \
    }                                                                                                                  \
    extern "C" __global__ void merge_heads_##NAME(const T *x, T *out, unsigned count, unsigned tokens,                 \
                                                  unsigned heads, unsigned size) {                                     \
        merge_heads<T, N>(x, out, count, tokens, heads, size);                                                         \
    }

KERNELS(float, f32, 1)
KERNELS(float, f32_packed, 4)
KERNELS(__half, f16, 1)
KERNELS(__half, f16_packed, 8)

extern "C" __global__ void layer_norm_f32(const float *x, const float *weight, const float *bias, float *out,
                                          unsigned columns, float eps) {
    layer_norm<float>(x, weight, bias, out, columns, eps);
}

extern "C" __global__ void layer_norm_f16(const __half *x, const __half *weight, const __half *bias, __half *out,
                                          unsigned columns, float eps) {
    layer_norm<__half>(x, weight, bias, out, columns, eps);
}
