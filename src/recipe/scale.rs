//! Another batch, image side or factor than a recipe's own: how cost grows.

use super::error::RecipeError;
use super::vocabulary::PyramidWords;
use crate::model::sides;
use std::fmt;

/// What a plan takes in place of what its recipe says; `None` keeps the recipe's.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scale {
    /// Images of a batch, 1 to 4096.
    pub batch: Option<usize>,
    /// Side of the finest grid in pixels, 2 to 1024.
    pub size: Option<usize>,
    /// d, above 1.
    pub factor: Option<f64>,
}

/// Range of a pyramid's size in a recipe.
const SIZES: std::ops::RangeInclusive<usize> = 2..=1024;

impl Scale {
    /// The sides of grids 0 to S.
    pub(super) fn sides(self, words: &PyramidWords) -> Result<Vec<usize>, String> {
        if self.size.is_none() && self.factor.is_none() {
            return Ok(words.sides.clone());
        }
        let Some(factor) = self.factor.or(words.factor) else {
            return Err("the recipe's pyramid is a list of sides and has no factor; give the factor too".into());
        };
        let size = self.size.or(words.sides.last().copied()).unwrap_or(0);
        if !SIZES.contains(&size) {
            return Err(format!("the size must be from {} to {}, found {size}", SIZES.start(), SIZES.end()));
        }
        sides(size, factor).map_err(|error| error.to_string())
    }

    /// Says at which scale an error happened: what is wrong may not be the recipe.
    pub(super) fn explain(self, mut error: RecipeError) -> RecipeError {
        if self != Self::default() {
            error.message = format!("at {self}: {}", error.message);
        }
        error
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.batch.map(|batch| format!("batch {batch}")),
            self.size.map(|size| format!("size {size}")),
            self.factor.map(|factor| format!("factor {factor}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        formatter.write_str(&parts.join(", "))
    }
}
