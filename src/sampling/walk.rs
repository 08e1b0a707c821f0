//! The chains of one grid under any kernel, which may change from step to step.

use super::hamiltonian::{Hamiltonian, Trajectory};
use super::tempered::{Ladder, Tempered};
use super::{Chain, Kernel, KernelError, Rule};
use crate::compute::{ComputeError, Images, NoiseKey, PreparedNetwork, Statistics, StepReport};

/// Parallel chains, one for each image of a batch. Under plain Langevin steps they stand on the network's device, where a
/// GPU only queues the steps; other kernels keep them on the host and wait for each gradient.
pub struct Walk {
    /// `[batch, channel, height, width]`
    shape: [usize; 4],
    /// 1 where a value may move, 0 where it stays; all may move without one.
    mask: Option<Images>,
    chains: Chains,
}

/// Where the chains are.
enum Chains {
    OnNetwork,
    Hamiltonian(Box<Hamiltonian>),
    Tempered(Box<Tempered>),
}

/// What chains came to.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkReport {
    /// Score of each image: before the last step, but after it under [`Rule::Hamiltonian`]. Empty before the first.
    pub score: Vec<f32>,
    /// Share of values at an edge of the box, 0 to 1. Values that may not move do not count.
    pub clamped: f64,
    /// Share of proposals that were accepted since the chains came under this rule, 0 to 1: of trajectories under
    /// [`Rule::Hamiltonian`], of exchanges under [`Rule::Tempered`]. None where nothing was proposed.
    pub acceptance: Option<f64>,
    /// Whether the scores and energies that were last taken, of hot replicas too, are finite.
    pub finite: bool,
}

impl Walk {
    /// Chains that begin at `start`, `[batch, channel, height, width]`. `mask` has the same shape: 1 where a value may
    /// move, 0 where it stays; all may move when it is `None`.
    ///
    /// # Errors
    /// A kernel that [`Kernel::check`] refuses, a mask of another shape, or a failing device.
    pub fn begin(
        kernel: &Kernel,
        network: &mut dyn PreparedNetwork,
        start: &Images,
        mask: Option<&Images>,
    ) -> Result<Self, ComputeError> {
        kernel.check().map_err(refused)?;
        if let Some(mask) = mask.filter(|mask| mask.shape() != start.shape()) {
            return Err(ComputeError::Mask { mask: mask.shape(), state: start.shape() });
        }
        let chains = Chains::place(&kernel.rule, network, start, mask)?;
        Ok(Self { shape: start.shape(), mask: mask.cloned(), chains })
    }

    /// Takes step `step` (from 0) of `kernel`. Its numbers and even its rule may be others than at the last step: the
    /// chains go on from where they are. Random numbers are a function of `key` and the number of the image, and under
    /// [`Rule::Tempered`] of the replica and their count.
    ///
    /// # Errors
    /// A kernel that [`Kernel::check`] or [`Kernel::check_statistics`] refuses, a network for another shape, or a failing
    /// device.
    pub fn step(
        &mut self,
        network: &mut dyn PreparedNetwork,
        statistics: Statistics,
        kernel: &Kernel,
        step: usize,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        kernel.check().and_then(|()| kernel.check_statistics(statistics)).map_err(refused)?;
        if !self.chains.are_for(&kernel.rule) {
            let state = self.state(network)?;
            self.chains = Chains::place(&kernel.rule, network, &state, self.mask.as_ref())?;
        }
        let (clamp, reference) = (kernel.clamp, kernel.reference);
        let mask = self.mask.as_ref().map(Images::data);
        let found = self.shape;
        let moved = match (&mut self.chains, &kernel.rule) {
            (Chains::Hamiltonian(chains), &Rule::Hamiltonian { step_size, leapfrog }) => {
                chains.step(network, statistics, Trajectory { step_size, leapfrog, clamp, reference }, mask, key)
            }
            (Chains::Tempered(chains), Rule::Tempered { drift, gradient_limit, temperatures, exchange_every }) => {
                let (drift, gradient_limit, exchange_every) = (*drift, *gradient_limit, *exchange_every);
                let ladder = Ladder { drift, gradient_limit, temperatures, exchange_every, clamp, reference };
                chains.step(network, statistics, ladder, mask, key)
            }
            _ => match kernel.langevin_at(step) {
                Some(langevin) => Chain::on(network).step(statistics, &langevin, key),
                None => Ok(()),
            },
        };
        // Replicas are evaluated together; the caller knows its own chains only.
        moved.map_err(|error| match error {
            ComputeError::Shape { channels, side, .. } => ComputeError::Shape { found, channels, side },
            other => other,
        })
    }

    /// Where the chains are, `[batch, channel, height, width]`: the coldest replicas where there are several.
    ///
    /// # Errors
    /// A failing device.
    pub fn state(&self, network: &mut dyn PreparedNetwork) -> Result<Images, ComputeError> {
        match &self.chains {
            Chains::OnNetwork => Chain::on(network).state(),
            Chains::Hamiltonian(chains) => Ok(chains.state().clone()),
            Chains::Tempered(chains) => Ok(chains.state()),
        }
    }

    /// What the chains came to.
    ///
    /// # Errors
    /// A failing device.
    pub fn report(&self, network: &mut dyn PreparedNetwork) -> Result<WalkReport, ComputeError> {
        match &self.chains {
            Chains::OnNetwork => {
                let StepReport { score, clamped } = Chain::on(network).report()?;
                let finite = score.iter().all(|score| score.is_finite());
                Ok(WalkReport { score, clamped, acceptance: None, finite })
            }
            Chains::Hamiltonian(chains) => Ok(chains.report()),
            Chains::Tempered(chains) => Ok(chains.report()),
        }
    }

    /// Puts the chains at `images`, `[batch, channel, height, width]`, under the same mask; of replicas, the coldest.
    ///
    /// # Errors
    /// Images of another shape than the chains', or a failing device.
    pub fn replace(&mut self, network: &mut dyn PreparedNetwork, images: &Images) -> Result<(), ComputeError> {
        if images.shape() != self.shape {
            let [_, channels, side, _] = self.shape;
            return Err(ComputeError::Shape { found: images.shape(), channels, side });
        }
        match &mut self.chains {
            Chains::OnNetwork => Chain::place(network, images, self.mask.as_ref()).map(|_| ()),
            Chains::Hamiltonian(chains) => {
                chains.replace(images);
                Ok(())
            }
            Chains::Tempered(chains) => {
                chains.replace(images);
                Ok(())
            }
        }
    }

    /// Must be called when the network was loaded with other parameters since the last step: energies that are kept from
    /// step to step are taken anew.
    pub fn reload(&mut self) {
        if let Chains::Hamiltonian(chains) = &mut self.chains {
            chains.forget();
        }
    }
}

impl Chains {
    fn place(
        rule: &Rule,
        network: &mut dyn PreparedNetwork,
        state: &Images,
        mask: Option<&Images>,
    ) -> Result<Self, ComputeError> {
        Ok(match rule {
            Rule::Langevin { .. } | Rule::Annealed { .. } => {
                Chain::place(network, state, mask)?;
                Self::OnNetwork
            }
            Rule::Hamiltonian { .. } => Self::Hamiltonian(Box::new(Hamiltonian::at(state))),
            Rule::Tempered { .. } => Self::Tempered(Box::new(Tempered::at(state))),
        })
    }

    fn are_for(&self, rule: &Rule) -> bool {
        match self {
            Self::OnNetwork => matches!(rule, Rule::Langevin { .. } | Rule::Annealed { .. }),
            Self::Hamiltonian(_) => matches!(rule, Rule::Hamiltonian { .. }),
            Self::Tempered(_) => matches!(rule, Rule::Tempered { .. }),
        }
    }
}

/// Recipes check their kernels, so this is the last line of defence.
fn refused(error: KernelError) -> ComputeError {
    ComputeError::Kernel(error.to_string())
}
