//! What the layers of a prepared network cost.

use std::time::Duration;

/// What one layer cost in the last image gradient (see [`super::PreparedNetwork::layer_times`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerTime {
    /// What the layer is called in tables, such as `conv0`; one name a layer.
    pub name: String,
    /// Time on the clock of the forward pass of the whole batch. Where threads take parts of the batch through all
    /// layers at once, the sum of the parts' times over the number of threads.
    pub forward: Duration,
    /// The same for the backward pass, to the layer's input.
    pub backward: Duration,
    /// Floating point operations of one direct forward pass of the batch (a multiply-add is two), whatever way the
    /// layer is computed in; 0 where they are not counted.
    pub flops: u64,
}
