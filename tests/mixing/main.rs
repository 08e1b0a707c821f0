//! Measures of mixing against ArviZ on committed chains, and by laws.

mod against_arviz;
mod laws;
