//! Activations and their derivatives as one kernel each: Burn would launch two to six.

use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::cubecl;
use burn::cubecl::calculate_cube_count_elemwise;
use burn::cubecl::prelude::*;
use burn::cubecl::std::tensor::layout::linear::{LinearView, LinearViewMut};
use burn::tensor::Tensor;

use super::super::Activation;

/// The activation of each value of `[batch, channel, height, width]`, or `None` where kernels do not run.
pub(super) fn activate(map: &Tensor<4>, kind: Activation) -> Option<Tensor<4>> {
    launch(map, map, kind, false)
}

/// `gradient` times the activation's derivative at `input`, or `None` where kernels do not run.
pub(super) fn activate_back(input: &Tensor<4>, kind: Activation, gradient: &Tensor<4>) -> Option<Tensor<4>> {
    launch(input, gradient, kind, true)
}

/// Both tensors are walked with channels innermost, which is how convolutions leave them in memory; the result lies
/// there the same way.
fn launch(input: &Tensor<4>, gradient: &Tensor<4>, kind: Activation, back: bool) -> Option<Tensor<4>> {
    let input = input.clone().permute([0, 2, 3, 1]).try_into_primitive::<Cube>().ok()?;
    let gradient = gradient.clone().permute([0, 2, 3, 1]).try_into_primitive::<Cube>().ok()?;
    let (client, shape) = (input.client.clone(), input.meta.shape().clone());
    let count = shape.num_elements();
    let handle = client.empty(count * size_of::<f32>());
    let output = CubeTensor::new_contiguous(client.clone(), input.device.clone(), shape, handle, input.dtype);
    let dim = CubeDim::new(&client, count);
    let slope = if let Activation::LeakyRelu(slope) = kind { slope } else { 0.0 };
    activate_each::launch(
        &client,
        calculate_cube_count_elemwise(&client, count, dim),
        dim,
        input.into_linear_view(),
        gradient.into_linear_view(),
        output.clone().into_linear_view(),
        slope,
        count as u32,
        kind == Activation::Silu,
        kind == Activation::Softplus,
        back,
    );
    Some(Tensor::<4>::from_primitive::<Cube>(output).permute([0, 3, 1, 2]))
}

/// ReLU is the leaky one with slope 0. Comparisons are such that a NaN stays one.
#[cube(launch)]
fn activate_each(
    input: LinearView<'_, f32>,
    gradient: LinearView<'_, f32>,
    mut output: LinearViewMut<'_, f32>,
    slope: f32,
    count: u32,
    #[comptime] silu: bool,
    #[comptime] softplus: bool,
    #[comptime] back: bool,
) {
    if ABSOLUTE_POS as u32 >= count {
        terminate!();
    }
    let x = input.read(ABSOLUTE_POS);
    let mut result = x;
    if comptime![silu || softplus] {
        let s = 1.0f32 / (1.0f32 + (-x).exp());
        if comptime![silu && back] {
            result = s * (1.0f32 + x * (1.0f32 - s));
        } else if comptime![silu] {
            result = x * s;
        } else if comptime![back] {
            result = s;
        } else {
            let mut rise = (-x.abs()).exp().log1p();
            if x > 0.0f32 {
                rise += x;
            }
            result = rise;
        }
    } else if comptime![back] {
        result = select(x <= 0.0f32, slope, 1.0f32);
    } else if x < 0.0f32 {
        result = slope * x;
    }
    if comptime![back] {
        result *= gradient.read(ABSOLUTE_POS);
    }
    output.write(ABSOLUTE_POS, result);
}
