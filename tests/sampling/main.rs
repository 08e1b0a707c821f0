//! MCMC kernels and masks against what is known: distributions in closed form or integrated on a grid, laws, orderings.

mod chains;
mod coarser;
mod hamiltonian;
mod kernel;
mod masks;
mod tempered;
mod walk;
