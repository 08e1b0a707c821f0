//! Chains that grow from 1×1 images up through the grids, one MCMC step at a time.

use super::grid::Grid;
use super::laboratory::Models;
use super::options::RunError;
use crate::compute::{Images, NoiseKey, Statistics, Threads};
use crate::model::{Pyramid, Reference};
use crate::recipe::{GridKernel, HostError, Laboratory, Recipe, ScriptStep};
use crate::sampling::Walk;
use crate::sampling::masks::Known;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What moves the chains: networks whose prepared weights are those to draw with, and a kernel for each.
pub(super) struct Mover<'a> {
    pub(super) grids: &'a mut Vec<Grid>,
    pub(super) pyramid: &'a Pyramid,
    pub(super) recipe: &'a Rc<Recipe>,
    pub(super) kernels: &'a [GridKernel],
}

/// Chains on their way up. Batch normalization uses its running statistics.
pub(super) struct Growth {
    /// Grid 0, and those that are finished.
    pub(super) versions: Vec<Images>,
    key: NoiseKey,
    /// What is known at each grid from 0, and does not move.
    known: Option<Vec<Known>>,
    chains: Option<Chains>,
}

/// The chains of the grid that is under way.
struct Chains {
    /// Steps taken.
    step: usize,
    place: Place,
}

enum Place {
    /// On the grid's network.
    Walk(Walk),
    /// A script's, on the host.
    Script(Arc<Images>),
}

impl Growth {
    /// Chains at 1×1 images `[batch, channel, 1, 1]`; `key` names their noise, whatever its grid and step.
    pub(super) fn from(start: Images, key: NoiseKey) -> Self {
        Self { versions: vec![start], key, known: None, chains: None }
    }

    /// As [`Growth::from`], where some values of each grid from 0 are known and stay.
    pub(super) fn within(start: Images, key: NoiseKey, known: Vec<Known>) -> Self {
        let start = known.first().map_or_else(|| start.clone(), |known| hold(known, &start));
        Self { known: Some(known), ..Self::from(start, key) }
    }

    /// From now on this is known, and stays; the chains go on from where they are.
    pub(super) fn confine(&mut self, mover: &mut Mover<'_>, known: Vec<Known>) -> Result<(), RunError> {
        self.known = Some(known);
        let Some(chains) = self.chains.take() else { return Ok(()) };
        let s = self.versions.len().min(mover.grids.len());
        let state = chains.place.state(&mut mover.grids[s - 1])?;
        let place = self.place(s, &mover.kernels[s - 1], mover, state)?;
        self.chains = Some(Chains { place, ..chains });
        Ok(())
    }

    /// The grid under way, from 1, and the steps taken on it. One past the last when all are finished.
    pub(super) fn at(&self) -> (usize, usize) {
        (self.versions.len(), self.chains.as_ref().map_or(0, |chains| chains.step))
    }

    /// Takes one MCMC step; false when there was none left.
    pub(super) fn step(&mut self, mover: &mut Mover<'_>) -> Result<bool, RunError> {
        let s = self.versions.len();
        let Some(kernel) = mover.kernels.get(s - 1) else { return Ok(false) };
        let mut chains = match self.chains.take() {
            Some(chains) => chains,
            None => Chains { step: 0, place: self.begin(s, kernel, mover)? },
        };
        self.advance(s, kernel, mover, &mut chains)?;
        if chains.step < kernel.kernel.steps {
            self.chains = Some(chains);
        } else {
            let ended = chains.place.state(&mut mover.grids[s - 1])?;
            self.versions.push(ended);
        }
        Ok(true)
    }

    /// Takes one more step on the finest grid, which is finished.
    pub(super) fn go_on(&mut self, mover: &mut Mover<'_>, step: usize) -> Result<(), RunError> {
        let s = mover.kernels.len();
        let (Some(kernel), Some(last)) = (mover.kernels.last(), self.versions.get(s)) else { return Ok(()) };
        let place = match self.chains.take() {
            Some(Chains { place, .. }) => place,
            None => self.place(s, kernel, mover, last.clone())?,
        };
        let mut chains = Chains { step, place };
        self.advance(s, kernel, mover, &mut chains)?;
        self.versions[s] = chains.place.state(&mut mover.grids[s - 1])?;
        self.chains = Some(chains);
        Ok(())
    }

    /// Where the chains under way are; `None` between two grids.
    pub(super) fn state(&self, mover: &mut Mover<'_>) -> Result<Option<Images>, RunError> {
        let s = self.versions.len().min(mover.grids.len());
        self.chains.as_ref().map(|chains| chains.place.state(&mut mover.grids[s - 1])).transpose()
    }

    /// Scores before the last step; none where a script moves the chains.
    pub(super) fn scores(&self, mover: &mut Mover<'_>) -> Result<Option<Vec<f32>>, RunError> {
        let s = self.versions.len().min(mover.grids.len());
        match &self.chains {
            Some(Chains { place: Place::Walk(walk), .. }) => {
                Ok(Some(walk.report(&mut *mover.grids[s - 1].prepared)?.score).filter(|score| !score.is_empty()))
            }
            _ => Ok(None),
        }
    }

    fn begin(&self, s: usize, kernel: &GridKernel, mover: &mut Mover<'_>) -> Result<Place, RunError> {
        let start = mover.pyramid.up(s, &self.versions[s - 1]);
        self.place(s, kernel, mover, start)
    }

    fn place(&self, s: usize, kernel: &GridKernel, mover: &mut Mover<'_>, start: Images) -> Result<Place, RunError> {
        let known = self.known.as_ref().and_then(|known| known.get(s));
        let start = known.map_or_else(|| start.clone(), |known| hold(known, &start));
        if kernel.step.is_some() {
            return Ok(Place::Script(Arc::new(start)));
        }
        let mask = known.map(|known| &known.mask);
        Ok(Place::Walk(Walk::begin(&kernel.kernel, &mut *mover.grids[s - 1].prepared, &start, mask)?))
    }

    fn advance(
        &self,
        s: usize,
        kernel: &GridKernel,
        mover: &mut Mover<'_>,
        chains: &mut Chains,
    ) -> Result<(), RunError> {
        let grid = mover.grids[s - 1].network.side() as u32;
        let key = NoiseKey { grid, step: chains.step as u32, ..self.key };
        match (&mut chains.place, &kernel.step) {
            (Place::Walk(walk), _) => {
                let network = &mut *mover.grids[s - 1].prepared;
                walk.step(network, Statistics::Frozen, &kernel.kernel, chains.step, key)?;
            }
            (Place::Script(state), Some(script)) => {
                let number = [chains.step.min(kernel.kernel.steps - 1), kernel.kernel.steps];
                let moved = script_step(mover, script, (s, number), state.clone(), key)?;
                let known = self.known.as_ref().and_then(|known| known.get(s));
                *state = Arc::new(boxed(moved, kernel.kernel.clamp, known));
            }
            (Place::Script(_), None) => {}
        }
        chains.step += 1;
        Ok(())
    }
}

impl Place {
    fn state(&self, grid: &mut Grid) -> Result<Images, RunError> {
        match self {
            Self::Walk(walk) => Ok(walk.state(&mut *grid.prepared)?),
            Self::Script(state) => Ok(Images::clone(state)),
        }
    }
}

/// Where a script moved chains to, within the kernel's box; what may not move is as it was.
fn boxed(moved: Arc<Images>, clamp: Option<[f32; 2]>, known: Option<&Known>) -> Images {
    let mut moved = Arc::unwrap_or_clone(moved);
    if let Some([low, high]) = clamp {
        moved.data_mut().iter_mut().for_each(|value| *value = value.clamp(low, high));
    }
    known.map_or_else(|| moved.clone(), |known| hold(known, &moved))
}

/// `images` with what is known in place.
fn hold(known: &Known, images: &Images) -> Images {
    let mut held = images.clone();
    let values = known.mask.data().iter().zip(known.images.data());
    for (value, (&free, &known)) in held.data_mut().iter_mut().zip(values) {
        if free == 0.0 {
            *value = known;
        }
    }
    held
}

/// One step of a script's own kernel.
fn script_step(
    mover: &mut Mover<'_>,
    script: &ScriptStep,
    at: (usize, [usize; 2]),
    state: Arc<Images>,
    key: NoiseKey,
) -> Result<Arc<Images>, RunError> {
    let grids = std::mem::take(mover.grids);
    let drawing = Drawing { grids, pyramid: mover.pyramid.clone(), kernels: mover.kernels.to_vec(), key };
    let drawing = Rc::new(RefCell::new(drawing));
    let host: Rc<RefCell<dyn Laboratory>> = drawing.clone();
    let moved = mover.recipe.take_step(&host, script, at, state, key);
    *mover.grids = std::mem::take(&mut drawing.borrow_mut().grids);
    match moved {
        Ok(state) => Ok(state),
        Err(HostError::Recipe(error)) => Err(error.into()),
        Err(HostError::Script(message) | HostError::Failed(message)) => Err(RunError::Failed(message)),
        Err(HostError::Interrupted) => Err(RunError::Failed("interrupted".into())),
    }
}

/// The grids while a script moves chains.
struct Drawing {
    grids: Vec<Grid>,
    pyramid: Pyramid,
    kernels: Vec<GridKernel>,
    key: NoiseKey,
}

impl Drawing {
    fn models(&mut self) -> Models<'_> {
        Models { grids: &mut self.grids, pyramid: &self.pyramid }
    }

    fn reference(&self, s: usize) -> Reference {
        // Grids that are not there are refused with the images.
        self.kernels.get(s.wrapping_sub(1)).map_or(Reference::Uniform, |kernel| kernel.kernel.reference)
    }
}

impl Laboratory for Drawing {
    fn grids(&self) -> usize {
        self.grids.len()
    }

    fn threads(&self) -> Threads {
        Threads::caller()
    }

    fn noise_key(&self) -> NoiseKey {
        self.key
    }

    fn up(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().up(s, images)
    }

    fn down(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().down(s, images)
    }

    fn score(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        self.models().score(s, images, Statistics::Frozen)
    }

    fn energy(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        let score = self.models().score(s, images, Statistics::Frozen)?;
        Ok(self.reference(s).energies(images, &score))
    }

    fn energy_gradient(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        let reference = self.reference(s);
        self.models().energy_gradient(s, images, Statistics::Frozen, reference)
    }
}
