//! Measures of mixing against ArviZ on committed chains and by laws; projections and drift of chains.

mod against_arviz;
mod drift;
mod laws;
mod projections;
