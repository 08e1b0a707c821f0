//! The charts a user may choose from.

use super::history::Quantity;

/// What the panel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Energy,
    One(Quantity),
    Plotted,
}

impl Chart {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Energy,
        Self::One(Quantity::Gap),
        Self::One(Quantity::GradientL1),
        Self::One(Quantity::GradientNorm),
        Self::One(Quantity::Temperature),
        Self::One(Quantity::StepTime),
        Self::One(Quantity::Clamped),
        Self::One(Quantity::Rate),
        Self::One(Quantity::Governor),
        Self::Plotted,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Energy | Self::One(Quantity::ObservedEnergy | Quantity::SynthesizedEnergy) => "Energy",
            Self::One(Quantity::Gap) => "Gap",
            Self::One(Quantity::GradientL1) => "Gradient l1 norm",
            Self::One(Quantity::GradientNorm) => "Gradient l2 norm",
            Self::One(Quantity::Temperature) => "Effective temperature",
            Self::One(Quantity::StepTime) => "Time of an MCMC step",
            Self::One(Quantity::Clamped) => "Clamped share",
            Self::One(Quantity::Rate) => "Learning rate",
            Self::One(Quantity::Governor) => "Governor",
            Self::Plotted => "Plotted by the recipe",
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn caption(self) -> &'static str {
        match self {
            Self::Energy | Self::One(Quantity::ObservedEnergy | Quantity::SynthesizedEnergy) => {
                "bold observed, thin synthesized; low energy = likely"
            }
            Self::One(Quantity::Gap) => "mean score of observed less synthesized; calm near 0",
            Self::One(Quantity::GradientL1) => "sum of |g| of the learning gradient (9)",
            Self::One(Quantity::GradientNorm) => "l2 norm before clipping",
            Self::One(Quantity::Temperature) => "T = s²/2c of the chain",
            Self::One(Quantity::StepTime) => "median, milliseconds",
            Self::One(Quantity::Clamped) => "share of values at an edge of the box",
            Self::One(Quantity::Rate) => "cuts after divergences included",
            Self::One(Quantity::Governor) => "share of the contrast let through",
            Self::Plotted => "lab.plot(name, value)",
        }
    }

    /// Whether a logarithmic axis makes sense.
    #[must_use]
    pub fn positive(self) -> bool {
        matches!(
            self,
            Self::One(
                Quantity::GradientL1
                    | Quantity::GradientNorm
                    | Quantity::Temperature
                    | Quantity::StepTime
                    | Quantity::Rate
            )
        )
    }
}
