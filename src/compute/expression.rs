//! Arithmetic on batches of images, written down first and worked out at once: an expression such as
//! `y - c * g + s * noise(y)` passes over the images one time, however many operations it has.

use super::{Images, NoiseKey, Threads};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Operations that an expression may hold before a part of it is worked out: deeper ones would burden the stack.
const LARGEST: usize = 48;

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Negate,
    Absolute,
    SquareRoot,
    Exponential,
    Logarithm,
}

/// A function of two values. Comparisons give 1 where they hold and 0 where not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Smaller,
    Larger,
    Below,
    NotAbove,
    Equal,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    #[error(
        "images of different shapes: {} and {} (images × channels × height × width); they must be the same, or one of \
         them a single image or one number for each image",
        shape_text(left),
        shape_text(right)
    )]
    Shape { left: [usize; 4], right: [usize; 4] },
    #[error("images that are held at once take more than {} MB; hold fewer", limit >> 20)]
    Memory { limit: usize },
}

/// Where expressions are worked out: threads, and how much memory their values may take together.
#[derive(Clone)]
pub struct Workspace {
    threads: Threads,
    held: Arc<AtomicUsize>,
    limit: usize,
}

impl Workspace {
    /// Values take at most `limit` bytes.
    #[must_use]
    pub fn new(threads: Threads, limit: usize) -> Self {
        Self { threads, held: Arc::default(), limit }
    }

    /// The same workspace on other threads.
    #[must_use]
    pub fn on(&self, threads: Threads) -> Self {
        Self { threads, ..self.clone() }
    }

    /// Bytes that values take now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether values of that shape would fit.
    ///
    /// # Errors
    /// More memory than there is.
    pub fn has_room(&self, shape: [usize; 4]) -> Result<(), ExpressionError> {
        self.hold(shape).map(drop)
    }

    fn hold(&self, shape: [usize; 4]) -> Result<Held, ExpressionError> {
        let bytes = shape.iter().fold(4, |bytes: usize, &extent| bytes.saturating_mul(extent));
        if self.held().saturating_add(bytes) > self.limit {
            return Err(ExpressionError::Memory { limit: self.limit });
        }
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Ok(Held { bytes, held: self.held.clone() })
    }
}

/// Memory that counts until it is dropped.
struct Held {
    bytes: usize,
    held: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A shape as `32 × 3 × 16 × 16`.
fn shape_text(shape: &[usize; 4]) -> String {
    shape.map(|extent| extent.to_string()).join(" × ")
}

/// A batch of images, `[batch, channel, height, width]`, worked out when it is asked for. Clones share it.
///
/// One image stands for every image of a batch, and one number an image, `[batch, 1, 1, 1]`, for all its values.
#[derive(Clone)]
pub struct Expression(Arc<Node>);

struct Node {
    shape: [usize; 4],
    /// Operations below and here.
    size: usize,
    term: Term,
    value: OnceLock<(Arc<Images>, Option<Arc<Held>>)>,
}

enum Term {
    Images,
    Number(f32),
    Noise(NoiseKey),
    Unary(Unary, Expression),
    Binary(Binary, Expression, Expression),
    /// The second where the first is not 0, else the third.
    Choice(Expression, Expression, Expression),
}

impl Expression {
    /// These images.
    #[must_use]
    pub fn of(images: Arc<Images>) -> Self {
        let shape = images.shape();
        Self(Arc::new(Node { shape, size: 0, term: Term::Images, value: OnceLock::from((images, None)) }))
    }

    /// Images whose memory counts.
    ///
    /// # Errors
    /// More memory than `workspace` has.
    pub fn holding(images: Images, workspace: &Workspace) -> Result<Self, ExpressionError> {
        let shape = images.shape();
        let value = OnceLock::from((Arc::new(images), Some(Arc::new(workspace.hold(shape)?))));
        Ok(Self(Arc::new(Node { shape, size: 0, term: Term::Images, value })))
    }

    /// One number for everything.
    #[must_use]
    pub fn number(value: f32) -> Self {
        Self::node([1; 4], 0, Term::Number(value))
    }

    /// Standard normal noise; that of image i is item i of the stream.
    #[must_use]
    pub fn noise(shape: [usize; 4], key: NoiseKey) -> Self {
        Self::node(shape, 1, Term::Noise(key))
    }

    /// # Errors
    /// More memory than `workspace` has.
    pub fn unary(function: Unary, of: &Self, workspace: &Workspace) -> Result<Self, ExpressionError> {
        let of = of.bounded(workspace)?;
        Ok(Self::node(of.shape(), of.size() + 1, Term::Unary(function, of)))
    }

    /// # Errors
    /// Shapes that do not go together, or more memory than `workspace` has.
    pub fn binary(function: Binary, left: &Self, right: &Self, workspace: &Workspace) -> Result<Self, ExpressionError> {
        let shape = common(left.shape(), right.shape())?;
        let (left, right) = (left.bounded(workspace)?, right.bounded(workspace)?);
        Ok(Self::node(shape, left.size() + right.size() + 1, Term::Binary(function, left, right)))
    }

    /// `some` where `mask` is not 0, `other` elsewhere.
    ///
    /// # Errors
    /// Shapes that do not go together, or more memory than `workspace` has.
    pub fn choice(mask: &Self, some: &Self, other: &Self, workspace: &Workspace) -> Result<Self, ExpressionError> {
        let shape = common(mask.shape(), common(some.shape(), other.shape())?)?;
        let (mask, some) = (mask.bounded(workspace)?, some.bounded(workspace)?);
        let other = other.bounded(workspace)?;
        let size = mask.size() + some.size() + other.size() + 1;
        Ok(Self::node(shape, size, Term::Choice(mask, some, other)))
    }

    /// `[batch, channel, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 4] {
        self.0.shape
    }

    /// Whether these are images that are there already.
    #[must_use]
    pub fn is_worked_out(&self) -> bool {
        self.0.value.get().is_some()
    }

    /// Its values; worked out once.
    ///
    /// # Errors
    /// More memory than `workspace` has.
    pub fn images(&self, workspace: &Workspace) -> Result<Arc<Images>, ExpressionError> {
        if let Some((images, _)) = self.0.value.get() {
            return Ok(images.clone());
        }
        let held = workspace.hold(self.shape())?;
        let mut images = Images::zeros(self.shape());
        let length = images.image_len();
        if length > 0 {
            workspace.threads.run(|| {
                images.data_mut().par_chunks_mut(length).enumerate().for_each(|(index, out)| self.write(index, out));
            });
        }
        Ok(self.0.value.get_or_init(|| (Arc::new(images), Some(Arc::new(held)))).0.clone())
    }

    fn node(shape: [usize; 4], size: usize, term: Term) -> Self {
        Self(Arc::new(Node { shape, size, term, value: OnceLock::new() }))
    }

    /// Itself, worked out if it is large. What is worked out lets go of what it was made from.
    fn bounded(&self, workspace: &Workspace) -> Result<Self, ExpressionError> {
        if self.size() > LARGEST {
            self.images(workspace)?;
        }
        Ok(match self.0.value.get() {
            Some(value) => {
                let (shape, value) = (self.shape(), OnceLock::from(value.clone()));
                Self(Arc::new(Node { shape, size: 0, term: Term::Images, value }))
            }
            None => self.clone(),
        })
    }

    /// Operations that are still to be done.
    fn size(&self) -> usize {
        if self.is_worked_out() { 0 } else { self.0.size }
    }

    /// Values of image `index`: those that are there, or worked out in `room`.
    fn values<'a>(&'a self, index: usize, length: usize, room: &'a mut Vec<f32>) -> Values<'a> {
        if let Term::Number(value) = self.0.term {
            return Values::One(value);
        }
        if let Some((images, _)) = self.0.value.get() {
            let values = images.image(if images.count() == 1 { 0 } else { index });
            return if values.len() == 1 && length != 1 { Values::One(values[0]) } else { Values::Many(values) };
        }
        let own: usize = self.shape()[1..].iter().product();
        room.resize(own, 0.0);
        self.write(if self.shape()[0] == 1 { 0 } else { index }, room);
        if own == 1 && length != 1 { Values::One(room[0]) } else { Values::Many(room) }
    }

    /// Writes the values of image `index`.
    fn write(&self, index: usize, out: &mut [f32]) {
        let length = out.len();
        let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
        match &self.0.term {
            // Images are their own value.
            Term::Images => {}
            Term::Number(value) => out.fill(*value),
            Term::Noise(key) => key.normal(index as u32, out),
            Term::Unary(function, of) => unary(*function, of.values(index, length, &mut a), out),
            Term::Binary(function, left, right) => {
                let (left, right) = (left.values(index, length, &mut a), right.values(index, length, &mut b));
                binary(*function, left, right, out);
            }
            Term::Choice(mask, some, other) => {
                let mask = mask.values(index, length, &mut a);
                let (some, other) = (some.values(index, length, &mut b), other.values(index, length, &mut c));
                for (at, out) in out.iter_mut().enumerate() {
                    *out = if mask.at(at) == 0.0 { other.at(at) } else { some.at(at) };
                }
            }
        }
    }
}

/// The values of one image.
#[derive(Clone, Copy)]
enum Values<'a> {
    One(f32),
    Many(&'a [f32]),
}

impl Values<'_> {
    fn at(self, index: usize) -> f32 {
        match self {
            Self::One(value) => value,
            Self::Many(values) => values[index],
        }
    }
}

/// The shape of what two shapes give together.
fn common(left: [usize; 4], right: [usize; 4]) -> Result<[usize; 4], ExpressionError> {
    let fits = |a: usize, b: usize| a == b || a == 1 || b == 1;
    let single = |shape: [usize; 4]| shape[1..] == [1; 3];
    if fits(left[0], right[0]) && (left[1..] == right[1..] || single(left) || single(right)) {
        let larger = if single(left) { right } else { left };
        return Ok([left[0].max(right[0]), larger[1], larger[2], larger[3]]);
    }
    Err(ExpressionError::Shape { left, right })
}

fn unary(function: Unary, of: Values, out: &mut [f32]) {
    match function {
        Unary::Negate => map(of, out, |x| -x),
        Unary::Absolute => map(of, out, f32::abs),
        Unary::SquareRoot => map(of, out, f32::sqrt),
        Unary::Exponential => map(of, out, f32::exp),
        Unary::Logarithm => map(of, out, f32::ln),
    }
}

fn binary(function: Binary, left: Values, right: Values, out: &mut [f32]) {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    match function {
        Binary::Add => zip(left, right, out, |a, b| a + b),
        Binary::Subtract => zip(left, right, out, |a, b| a - b),
        Binary::Multiply => zip(left, right, out, |a, b| a * b),
        Binary::Divide => zip(left, right, out, |a, b| a / b),
        // Comparisons keep a NaN visible where `min` and `max` would hide it.
        Binary::Smaller => zip(left, right, out, |a, b| if b < a { b } else { a }),
        Binary::Larger => zip(left, right, out, |a, b| if b > a { b } else { a }),
        Binary::Below => zip(left, right, out, |a, b| truth(a < b)),
        Binary::NotAbove => zip(left, right, out, |a, b| truth(a <= b)),
        Binary::Equal => zip(left, right, out, |a, b| truth(a == b)),
    }
}

fn map(of: Values, out: &mut [f32], function: impl Fn(f32) -> f32) {
    match of {
        Values::One(value) => out.fill(function(value)),
        Values::Many(values) => out.iter_mut().zip(values).for_each(|(out, &value)| *out = function(value)),
    }
}

fn zip(left: Values, right: Values, out: &mut [f32], function: impl Fn(f32, f32) -> f32) {
    match (left, right) {
        (Values::One(a), Values::One(b)) => out.fill(function(a, b)),
        (Values::One(a), Values::Many(b)) => out.iter_mut().zip(b).for_each(|(out, &b)| *out = function(a, b)),
        (Values::Many(a), Values::One(b)) => out.iter_mut().zip(a).for_each(|(out, &a)| *out = function(a, b)),
        (Values::Many(a), Values::Many(b)) => {
            out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (&a, &b))| *out = function(a, b));
        }
    }
}
