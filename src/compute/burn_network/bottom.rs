//! The layers below a network's top, as Burn tensor operations.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::bottom::{Bottom, BottomGradient, size_in, size_out};
use super::super::{ComputeError, Images, Layer, ParameterSet, Statistics};
use super::block::{Block, Moments, forward, upload};
use super::{failure, guard, read, read_all, read_moments};

/// See the module's text.
pub(in crate::compute) struct BurnBottom {
    layers: Vec<Layer>,
    device: Device,
    /// Channels and side of the images, and of the map at the end.
    sizes: [(usize, usize); 2],
    blocks: Vec<Block>,
    pass: Option<Pass>,
}

/// A batch on its way: the parameters with their gradients to be, the map at the end, and the batch's statistics.
struct Pass {
    blocks: Vec<Block>,
    map: Tensor<1>,
    moments: Vec<Moments>,
}

impl BurnBottom {
    /// # Errors
    /// [`ComputeError::Device`] when no layer has a size.
    pub(in crate::compute) fn new(layers: &[Layer], device: Device) -> Result<Self, ComputeError> {
        let sizes = size_in(layers).zip(size_out(layers));
        let (input, output) = sizes.ok_or_else(|| failure("a network needs a layer with a size"))?;
        let (layers, device) = (layers.to_vec(), device.without_autodiff());
        Ok(Self { layers, device, sizes: [input, output], blocks: Vec::new(), pass: None })
    }

    fn put(&self, images: &Images) -> Result<Tensor<4>, ComputeError> {
        let (channels, side) = self.sizes[0];
        match images.shape() {
            [count, found @ ..] if count > 0 && found == [channels, side, side] => {}
            found => return Err(ComputeError::Shape { found, channels, side }),
        }
        guard(|| Ok(Tensor::from_data(TensorData::new(images.data().to_vec(), images.shape()), &self.device)))
    }

    fn images(&self, count: usize, values: Vec<f32>) -> Images {
        let (channels, side) = self.sizes[1];
        Images::new([count, channels, side, side], values)
    }
}

impl Bottom for BurnBottom {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        self.blocks = guard(|| upload(&self.layers, parameters, &self.device))?;
        Ok(())
    }

    fn evaluate(&mut self, images: &Images) -> Result<Images, ComputeError> {
        let input = self.put(images)?;
        let [values] = guard(|| read([forward(&self.blocks, input, Statistics::Frozen, None)]))?;
        Ok(self.images(images.count(), values))
    }

    fn learn(&mut self, images: &Images) -> Result<Images, ComputeError> {
        let input = self.put(images)?;
        let (pass, values) = guard(|| {
            let blocks: Vec<Block> = self.blocks.iter().map(Block::tracked).collect();
            let mut moments = Vec::new();
            let map = forward(&blocks, input, Statistics::Batch, Some(&mut moments));
            let [values] = read([map.clone().inner()])?;
            Ok((Pass { blocks, map, moments }, values))
        })?;
        self.pass = Some(pass);
        Ok(self.images(images.count(), values))
    }

    fn backward(&mut self, gradient: &Images) -> Result<BottomGradient, ComputeError> {
        let Pass { blocks, map, moments } = self.pass.take().ok_or_else(|| failure("no batch is on its way"))?;
        let (channels, side) = self.sizes[1];
        if map.dims() != [gradient.data().len()] {
            return Err(ComputeError::Shape { found: gradient.shape(), channels, side });
        }
        guard(|| {
            let cotangent = TensorData::new(gradient.data().to_vec(), map.dims());
            let cotangent = Tensor::<1>::from_data(cotangent, &self.device);
            let mut gradients = (map * cotangent).sum().backward();
            let tensors = blocks.iter().flat_map(|block| block.gradients(&mut gradients)).collect();
            Ok(BottomGradient { tensors: read_all(tensors)?, statistics: read_moments(moments)? })
        })
    }
}
