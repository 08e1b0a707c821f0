//! The charts a user may choose from.

use super::super::history::Quantity;

/// What the panel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Energy,
    One(Quantity),
    Plotted,
}

impl Chart {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 11] = [
        Self::Energy,
        Self::One(Quantity::Gap),
        Self::One(Quantity::GradientL1),
        Self::One(Quantity::GradientNorm),
        Self::One(Quantity::Temperature),
        Self::One(Quantity::StepTime),
        Self::One(Quantity::Clamped),
        Self::One(Quantity::Rate),
        Self::One(Quantity::Governor),
        Self::One(Quantity::Acceptance),
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
            Self::One(Quantity::Acceptance) => "Acceptance",
            Self::Plotted => "Plotted by the recipe",
        }
    }

    /// The quantities of a grid that it draws, with a short name of each.
    #[must_use]
    pub fn quantities(self) -> &'static [(Quantity, &'static str)] {
        match self {
            Self::Energy | Self::One(Quantity::ObservedEnergy | Quantity::SynthesizedEnergy) => {
                &[(Quantity::ObservedEnergy, "observed"), (Quantity::SynthesizedEnergy, "synthesized")]
            }
            Self::One(Quantity::Gap) => &[(Quantity::Gap, "gap")],
            Self::One(Quantity::GradientL1) => &[(Quantity::GradientL1, "|g| l1")],
            Self::One(Quantity::GradientNorm) => &[(Quantity::GradientNorm, "|g| l2")],
            Self::One(Quantity::Temperature) => &[(Quantity::Temperature, "T")],
            Self::One(Quantity::StepTime) => &[(Quantity::StepTime, "ms/step")],
            Self::One(Quantity::Clamped) => &[(Quantity::Clamped, "clamped")],
            Self::One(Quantity::Rate) => &[(Quantity::Rate, "rate")],
            Self::One(Quantity::Governor) => &[(Quantity::Governor, "governor")],
            Self::One(Quantity::Acceptance) => &[(Quantity::Acceptance, "accepted")],
            Self::Plotted => &[],
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
            Self::One(Quantity::Acceptance) => "share of proposals accepted, of kernels that propose",
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
