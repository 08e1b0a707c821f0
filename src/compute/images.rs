//! A batch of images on the host.

/// A batch of images, `[batch, channel, height, width]`, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Images {
    shape: [usize; 4],
    data: Vec<f32>,
}

impl Images {
    /// Black (all zero) images.
    #[must_use]
    pub fn zeros(shape: [usize; 4]) -> Self {
        Self { shape, data: vec![0.0; shape.iter().product()] }
    }

    /// Images over `data`, which must hold exactly as many values as `shape` says.
    #[must_use]
    pub fn new(shape: [usize; 4], data: Vec<f32>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), data.len(), "data does not fill the shape {shape:?}");
        Self { shape, data }
    }

    /// `[batch, channel, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// Number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape[0]
    }

    /// Width of the images (they are square everywhere in this program).
    #[must_use]
    pub fn side(&self) -> usize {
        self.shape[3]
    }

    /// Values in one image: channels × height × width.
    #[must_use]
    pub fn image_len(&self) -> usize {
        self.shape[1] * self.shape[2] * self.shape[3]
    }

    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    #[must_use]
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// The values of image `index`, `[channel, height, width]`.
    #[must_use]
    pub fn image(&self, index: usize) -> &[f32] {
        let n = self.image_len();
        &self.data[index * n..(index + 1) * n]
    }

    pub fn image_mut(&mut self, index: usize) -> &mut [f32] {
        let n = self.image_len();
        &mut self.data[index * n..(index + 1) * n]
    }

    /// The images with the given indices, in that order; an index may repeat.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut data = Vec::with_capacity(indices.len() * self.image_len());
        for &index in indices {
            data.extend_from_slice(self.image(index));
        }
        Self { shape: [indices.len(), self.shape[1], self.shape[2], self.shape[3]], data }
    }

    /// These images followed by `other`, which has the same channels and side.
    #[must_use]
    pub fn concat(&self, other: &Self) -> Self {
        assert_eq!(self.shape[1..], other.shape[1..], "images of different sizes cannot be joined");
        let mut data = Vec::with_capacity(self.data.len() + other.data.len());
        data.extend_from_slice(&self.data);
        data.extend_from_slice(&other.data);
        Self { shape: [self.count() + other.count(), self.shape[1], self.shape[2], self.shape[3]], data }
    }

    /// Whether every value is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|value| value.is_finite())
    }
}
