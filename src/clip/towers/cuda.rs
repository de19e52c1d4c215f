//! Our CUDA kernels as operations of candle: `cuda/layers.cu`, compiled to `layers.ptx` by `tools/cuda/kernels.sh`. Tensors
//! are contiguous, f32 or f16.

use candle_core::backend::BackendStorage;
use candle_core::cuda::cudarc::driver::{CudaFunction, DeviceRepr, LaunchConfig, PushKernelArg};
use candle_core::cuda::{CudaDType, CudaDevice, CudaStorage, WrapErr};
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, DType, InplaceOp3, Layout, Result, Shape, Tensor,
};
use half::f16;

use crate::clip::kernels::Activation;

const PTX: &str = include_str!("cuda/layers.ptx");
const THREADS: u32 = 128;

/// A kernel for numbers of one type. `packed` ones read several numbers at once.
fn kernel(device: &CudaDevice, name: &str, dtype: DType, packed: bool) -> Result<CudaFunction> {
    let packed = if packed { "_packed" } else { "" };
    let name = format!("{name}_{}{packed}", dtype.as_str());
    Ok(device.get_or_load_custom_func(&name, "pixseek-layers", PTX)?.into_cuda_function())
}

/// How many numbers a thread works on, if rows of `columns` numbers allow it.
fn pack(dtype: DType, columns: usize) -> u32 {
    let most = if dtype == DType::F16 { 8 } else { 4 };
    if columns % most as usize == 0 { most } else { 1 }
}

/// A launch of as many threads as `count` numbers need.
fn config(count: u32, pack: u32) -> LaunchConfig {
    let blocks = count.div_ceil(THREADS * pack);
    LaunchConfig { grid_dim: (blocks, 1, 1), block_dim: (THREADS, 1, 1), shared_mem_bytes: 0 }
}

fn number(x: usize) -> Result<u32> {
    u32::try_from(x).map_err(|_| candle_core::Error::Msg(format!("{x} numbers are too many for a kernel")))
}

/// The numbers of a contiguous tensor: where they begin, and how many they are.
fn contiguous(layout: &Layout) -> Result<(usize, usize)> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok((start, end - start)),
        None => candle_core::bail!("the CUDA kernels work on contiguous tensors only"),
    }
}

fn on_cpu<T>() -> Result<T> {
    candle_core::bail!("this operation is for GPUs")
}

/// activation(y + bias) + residual, for `y` (..., columns), which is overwritten. The bias has a number for each column; the
/// residual is repeated.
///
/// # Errors
/// When the shapes don't fit.
pub(super) fn finish(
    y: Tensor,
    bias: Option<&Tensor>,
    activation: Option<Activation>,
    residual: Option<&Tensor>,
) -> Result<Tensor> {
    // What is not there is not read: the other one stands in for it.
    let Some(any) = bias.or(residual) else {
        if activation.is_some() {
            candle_core::bail!("an activation without a bias");
        }
        return Ok(y);
    };
    let op = Finish { bias: bias.is_some(), activation, residual: residual.is_some() };
    y.inplace_op3(bias.unwrap_or(any), residual.unwrap_or(any), &op)?;
    Ok(y)
}

/// What [`finish`] does.
struct Finish {
    bias: bool,
    activation: Option<Activation>,
    residual: bool,
}

impl Finish {
    fn run<T: CudaDType + DeviceRepr>(
        &self,
        y: (&mut CudaStorage, &Layout),
        bias: (&CudaStorage, &Layout),
        residual: (&CudaStorage, &Layout),
    ) -> Result<()> {
        let (device, dtype) = (y.0.device().clone(), y.0.dtype());
        let columns = y.1.dims().last().copied().unwrap_or_default();
        let ((y_start, count), (bias_start, biases)) = (contiguous(y.1)?, contiguous(bias.1)?);
        let (residual_start, residuals) = contiguous(residual.1)?;
        if (self.bias && biases != columns) || (self.residual && (residuals == 0 || count % residuals != 0)) {
            candle_core::bail!(
                "{:?} and {:?} don't fit {:?}",
                bias.1.shape(),
                residual.1.shape(),
                y.1.shape()
            );
        }
        let pack = pack(dtype, columns);
        let kernel = kernel(&device, "finish", dtype, pack > 1)?;
        let mut y = T::as_cuda_slice_mut(y.0)?.slice_mut(y_start..);
        let bias = T::as_cuda_slice(bias.0)?.slice(bias_start..);
        let residual = T::as_cuda_slice(residual.0)?.slice(residual_start..);
        let (count, columns, residuals) = (number(count)?, number(columns)?, number(residuals)?);
        let activation: i32 = match self.activation {
            None => 0,
            Some(Activation::QuickGelu) => 1,
            Some(Activation::Gelu) => 2,
            Some(Activation::GeluTanh) => 3,
            Some(Activation::Relu) => 4,
            Some(Activation::Silu) => 5,
        };
        let null = 0_u64;
        let stream = device.cuda_stream();
        let mut launch = stream.launch_builder(&kernel);
        launch.arg(&mut y);
        if self.bias {
            launch.arg(&bias)
        } else {
            launch.arg(&null)
        };
        if self.residual {
            launch.arg(&residual)
        } else {
            launch.arg(&null)
        };
        launch.arg(&count).arg(&columns).arg(&residuals).arg(&activation);
        // SAFETY: the arguments are those of `finish` in layers.cu, and the kernel stays within the numbers that were
        // counted above: `count` of y, `columns` of the bias, `residuals` of the residual.
        unsafe { launch.launch(config(count, pack)) }.w()?;
        Ok(())
    }
}

impl InplaceOp3 for Finish {
    fn name(&self) -> &'static str {
        "finish"
    }

    fn cpu_fwd(
        &self,
        _: &mut CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<()> {
        on_cpu()
    }

    fn cuda_fwd(
        &self,
        y: &mut CudaStorage,
        y_layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
        residual: &CudaStorage,
        residual_layout: &Layout,
    ) -> Result<()> {
        let (y, bias, residual) = ((y, y_layout), (bias, bias_layout), (residual, residual_layout));
        match y.0.dtype() {
            DType::F16 => self.run::<f16>(y, bias, residual),
            _ => self.run::<f32>(y, bias, residual),
        }
    }
}

/// Normalization of the rows of a tensor, by weights and biases for each column.
pub(super) struct LayerNorm {
    pub eps: f32,
}

impl LayerNorm {
    fn run<T: CudaDType + DeviceRepr>(&self, tensors: [(&CudaStorage, &Layout); 3]) -> Result<CudaStorage> {
        let [(x, x_layout), (weight, weight_layout), (bias, bias_layout)] = tensors;
        let (device, columns) = (x.device().clone(), x_layout.dims().last().copied().unwrap_or_default());
        let ((x_start, count), (weight_start, weights)) = (contiguous(x_layout)?, contiguous(weight_layout)?);
        let (bias_start, biases) = contiguous(bias_layout)?;
        if columns == 0 || weights != columns || biases != columns {
            candle_core::bail!("a norm of {weights} columns was applied to {:?}", x_layout.shape());
        }
        let kernel = kernel(&device, "layer_norm", x.dtype(), false)?;
        // SAFETY: the kernel writes all numbers.
        let out = unsafe { device.alloc::<T>(count) }?;
        let x = T::as_cuda_slice(x)?.slice(x_start..);
        let weight = T::as_cuda_slice(weight)?.slice(weight_start..);
        let bias = T::as_cuda_slice(bias)?.slice(bias_start..);
        let (rows, columns) = (number(count / columns)?, number(columns)?);
        let stream = device.cuda_stream();
        let mut launch = stream.launch_builder(&kernel);
        launch.arg(&x).arg(&weight).arg(&bias).arg(&out).arg(&columns).arg(&self.eps);
        let config = LaunchConfig { grid_dim: (rows, 1, 1), block_dim: (THREADS, 1, 1), shared_mem_bytes: 0 };
        // SAFETY: the arguments are those of `layer_norm` in layers.cu, a block for each row of `columns` numbers.
        unsafe { launch.launch(config) }.w()?;
        Ok(T::wrap_cuda_slice(out, device))
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        on_cpu()
    }

    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        x_layout: &Layout,
        weight: &CudaStorage,
        weight_layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let tensors = [(x, x_layout), (weight, weight_layout), (bias, bias_layout)];
        let out = match x.dtype() {
            DType::F16 => self.run::<f16>(tensors)?,
            _ => self.run::<f32>(tensors)?,
        };
        Ok((out, x_layout.shape().clone()))
    }
}

/// From (batch, tokens, parts x heads x size), plus a bias for each column, to (parts, batch, heads, tokens, size).
pub(super) struct SplitHeads {
    pub parts: usize,
    pub heads: usize,
    pub size: usize,
}

impl SplitHeads {
    fn run<T: CudaDType + DeviceRepr>(
        &self,
        x: (&CudaStorage, &Layout),
        bias: Option<(&CudaStorage, &Layout)>,
    ) -> Result<CudaStorage> {
        let Self { parts, heads, size } = *self;
        let ((x, layout), (start, count)) = (x, contiguous(x.1)?);
        let (_, tokens, columns) = layout.shape().dims3()?;
        let (bias_start, biases) = bias.map_or(Ok((0, columns)), |(_, layout)| contiguous(layout))?;
        if columns != parts * heads * size || biases != columns {
            candle_core::bail!("{:?} has no {parts} parts of {heads} heads", layout.shape());
        }
        let (device, dtype) = (x.device().clone(), x.dtype());
        let pack = pack(dtype, size);
        let kernel = kernel(&device, "split_heads", dtype, pack > 1)?;
        // SAFETY: the kernel writes all numbers.
        let out = unsafe { device.alloc::<T>(count) }?;
        let x = T::as_cuda_slice(x)?.slice(start..);
        let bias = bias.map(|(bias, _)| T::as_cuda_slice(bias)).transpose()?;
        let bias = bias.map(|bias| bias.slice(bias_start..));
        let [count, tokens, heads, size, parts] = [count, tokens, heads, size, parts].map(number);
        let (count, tokens, heads, size, parts) = (count?, tokens?, heads?, size?, parts?);
        let null = 0_u64;
        let stream = device.cuda_stream();
        let mut launch = stream.launch_builder(&kernel);
        launch.arg(&x);
        match &bias {
            Some(bias) => launch.arg(bias),
            None => launch.arg(&null),
        };
        launch.arg(&out).arg(&count).arg(&tokens).arg(&heads).arg(&size).arg(&parts);
        // SAFETY: the arguments are those of `split_heads` in layers.cu, which reads and writes `count` numbers, and as many
        // biases as there are columns.
        unsafe { launch.launch(config(count, pack)) }.w()?;
        Ok(T::wrap_cuda_slice(out, device))
    }

    fn output(
        &self,
        x: (&CudaStorage, &Layout),
        bias: Option<(&CudaStorage, &Layout)>,
    ) -> Result<(CudaStorage, Shape)> {
        let (batch, tokens, _) = x.1.shape().dims3()?;
        let out = match x.0.dtype() {
            DType::F16 => self.run::<f16>(x, bias)?,
            _ => self.run::<f32>(x, bias)?,
        };
        Ok((out, (self.parts, batch, self.heads, tokens, self.size).into()))
    }
}

impl CustomOp1 for SplitHeads {
    fn name(&self) -> &'static str {
        "split heads"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        on_cpu()
    }

    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        self.output((x, layout), None)
    }
}

impl CustomOp2 for SplitHeads {
    fn name(&self) -> &'static str {
        "split heads with a bias"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        on_cpu()
    }

    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.output((x, layout), Some((bias, bias_layout)))
    }
}

/// From (batch, heads, tokens, size) to (batch, tokens, heads x size).
pub(super) struct MergeHeads;

impl MergeHeads {
    fn run<T: CudaDType + DeviceRepr>(x: &CudaStorage, layout: &Layout) -> Result<CudaStorage> {
        let (_, heads, tokens, size) = layout.shape().dims4()?;
        let (start, count) = contiguous(layout)?;
        let (device, dtype) = (x.device().clone(), x.dtype());
        let pack = pack(dtype, size);
        let kernel = kernel(&device, "merge_heads", dtype, pack > 1)?;
        // SAFETY: the kernel writes all numbers.
        let out = unsafe { device.alloc::<T>(count) }?;
        let x = T::as_cuda_slice(x)?.slice(start..);
        let [count, tokens, heads, size] = [count, tokens, heads, size].map(number);
        let (count, tokens, heads, size) = (count?, tokens?, heads?, size?);
        let stream = device.cuda_stream();
        let mut launch = stream.launch_builder(&kernel);
        launch.arg(&x).arg(&out).arg(&count).arg(&tokens).arg(&heads).arg(&size);
        // SAFETY: the arguments are those of `merge_heads` in layers.cu, which reads and writes `count` numbers.
        unsafe { launch.launch(config(count, pack)) }.w()?;
        Ok(T::wrap_cuda_slice(out, device))
    }
}

impl CustomOp1 for MergeHeads {
    fn name(&self) -> &'static str {
        "merge heads"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        on_cpu()
    }

    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        let (batch, heads, tokens, size) = layout.shape().dims4()?;
        let out = match x.dtype() {
            DType::F16 => Self::run::<f16>(x, layout)?,
            _ => Self::run::<f32>(x, layout)?,
        };
        Ok((out, (batch, tokens, heads * size).into()))
    }
}
