//! A strided convolution as one of stride 1 on *phases*: pixel (s·Y + p, s·X + q) of a map belongs to pixel (Y, X) of
//! phase (p, q), so that a kernel of K taps and stride s becomes one of about K / s taps on s² times the channels.
//! The gradient with respect to the input is such a convolution too, with the taps in reverse.

use crate::compute::Convolution;

/// How phases, channels and taps name the weights of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    shape: Convolution,
    /// The first tap: input phase pixel Y + first belongs to output Y.
    pub(super) first: isize,
    pub(super) count: usize,
}

impl Taps {
    pub(super) fn new(shape: Convolution) -> Self {
        let Convolution { kernel, stride, padding, .. } = shape;
        let floor = |value: isize| value.div_euclid(stride as isize);
        let before = padding.before as isize;
        let (first, last) = (floor(-before), floor(kernel as isize - 1 - before));
        Self { shape, first, count: (last - first + 1) as usize }
    }

    /// The last tap.
    pub(super) fn last(&self) -> isize {
        self.first + self.count as isize - 1
    }

    /// Row or column of the kernel at tap `tap` of phase `phase` of an axis.
    pub(super) fn kernel(&self, phase: usize, tap: isize) -> Option<usize> {
        let Convolution { kernel, stride, padding, .. } = self.shape;
        let at = tap * stride as isize + phase as isize + padding.before as isize;
        usize::try_from(at).ok().filter(|&at| at < kernel)
    }

    /// Where the weight from channel `input` of phase `phase` (row-major among the s²) to channel `output` lies in
    /// `[output, input, kernel, kernel]`.
    pub(super) fn weight(&self, output: usize, input: usize, phase: usize, tap: [isize; 2]) -> Option<usize> {
        let stride = self.shape.stride;
        let at = [self.kernel(phase / stride, tap[0])?, self.kernel(phase % stride, tap[1])?];
        Some(self.shape.weight(output, input, at))
    }
}

/// The channels of the phases of a map side by side, `spacing` values for each phase.
#[derive(Clone, Copy)]
pub(super) struct Phased {
    pub(super) phases: usize,
    pub(super) channels: usize,
    pub(super) spacing: usize,
}

impl Phased {
    /// Phase and channel of value `index`; `None` for values that only pad.
    pub(super) fn split(&self, index: usize) -> Option<(usize, usize)> {
        let (phase, channel) = (index / self.spacing, index % self.spacing);
        (phase < self.phases && channel < self.channels).then_some((phase, channel))
    }
}
