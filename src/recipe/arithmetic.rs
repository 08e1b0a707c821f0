//! Arithmetic on images in scripts. Operations are written down and worked out together; see
//! [`crate::compute::Expression`].

use super::error::fail;
use super::limits::{ARRAY, IMAGES};
use super::options::{Scripted, count, number, number_within};
use crate::compute::{Binary, Expression, ExpressionError, Images, NoiseKey, Threads, Unary, Workspace};
use crate::sampling::masks;
use rhai::{Array, Dynamic, Engine, EvalAltResult};
use std::cell::{Cell, RefCell};
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::sync::Arc;

/// What arithmetic of one recipe shares: where it is worked out, and which noise is next.
#[derive(Clone)]
pub(super) struct Arithmetic {
    workspace: Rc<RefCell<Workspace>>,
    noise: Rc<Cell<Option<NoiseCalls>>>,
}

/// A stream of noise and how often it was drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoiseCalls {
    key: NoiseKey,
    /// It is one MCMC step's.
    in_step: bool,
    calls: u32,
}

impl NoiseCalls {
    /// Noise of an MCMC step; the first is that of the built-in kernel's step.
    pub(super) fn of_step(key: NoiseKey) -> Self {
        Self { key, in_step: true, calls: 0 }
    }

    /// Noise of an iteration, outside of steps.
    pub(super) fn of_iteration(key: NoiseKey) -> Self {
        Self { key, in_step: false, calls: 0 }
    }

    /// The next stream.
    fn next(&mut self) -> NoiseKey {
        let (key, calls) = (self.key, self.calls);
        self.calls += 1;
        match self.in_step {
            // The side of a grid takes no more than 16 bits.
            true => NoiseKey { grid: key.grid | calls << 16, ..key },
            false => NoiseKey { step: calls, ..key },
        }
    }
}

impl Arithmetic {
    pub(super) fn new() -> Self {
        let workspace = Workspace::new(Threads::caller(), IMAGES);
        Self { workspace: Rc::new(RefCell::new(workspace)), noise: Rc::default() }
    }

    /// Works on `threads` from now on.
    pub(super) fn use_threads(&self, threads: Threads) {
        let moved = self.workspace.borrow().on(threads);
        *self.workspace.borrow_mut() = moved;
    }

    /// Bytes that images of the script's take.
    pub(super) fn held(&self) -> usize {
        self.workspace.borrow().held()
    }

    /// Draws noise from another stream; returns the one of before.
    pub(super) fn draw_from(&self, noise: Option<NoiseCalls>) -> Option<NoiseCalls> {
        self.noise.replace(noise)
    }

    /// The values of an expression.
    pub(super) fn images(&self, expression: &Expression) -> Scripted<Arc<Images>> {
        expression.images(&self.workspace.borrow()).map_err(refused)
    }

    /// Images that the host made.
    pub(super) fn hold(&self, images: Images) -> Scripted<Expression> {
        Expression::holding(images, &self.workspace.borrow()).map_err(refused)
    }

    fn unary(&self, function: Unary, of: &Expression) -> Scripted<Expression> {
        Expression::unary(function, of, &self.workspace.borrow()).map_err(refused)
    }

    fn binary(&self, function: Binary, left: &Expression, right: &Expression) -> Scripted<Expression> {
        Expression::binary(function, left, right, &self.workspace.borrow()).map_err(refused)
    }

    fn noise_key(&self) -> Scripted<NoiseKey> {
        let Some(mut calls) = self.noise.get() else {
            return fail("noise is only there inside iterate(lab, batch) and step(lab, s, y)");
        };
        let key = calls.next();
        self.noise.set(Some(calls));
        Ok(key)
    }
}

fn refused(error: ExpressionError) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(error.to_string().into(), rhai::Position::NONE))
}

/// Registers what scripts can do with images.
pub(super) fn register(engine: &mut Engine, arithmetic: &Arithmetic) {
    engine.register_type_with_name::<Expression>("Images");
    register_operators(engine, arithmetic);
    register_functions(engine, arithmetic);
    register_random(engine, arithmetic);
    register_masks(engine, arithmetic);
    register_sums(engine, arithmetic);
    register_parts(engine, arithmetic);
}

/// Registers `name` for images with images and with numbers of either kind, on both sides.
fn operator(engine: &mut Engine, arithmetic: &Arithmetic, name: &str, function: Binary, flipped: bool, negated: bool) {
    let apply = {
        let arithmetic = arithmetic.clone();
        move |left: &Expression, right: &Expression| {
            let (left, right) = if flipped { (right, left) } else { (left, right) };
            let value = arithmetic.binary(function, left, right)?;
            match negated {
                true => arithmetic.binary(Binary::Subtract, &Expression::number(1.0), &value),
                false => Ok(value),
            }
        }
    };
    let of = |value: f64| Expression::number(value as f32);
    let both = apply.clone();
    engine.register_fn(name, move |left: Expression, right: Expression| both(&left, &right));
    let right = apply.clone();
    engine.register_fn(name, move |left: Expression, value: f64| right(&left, &of(value)));
    let right = apply.clone();
    engine.register_fn(name, move |left: Expression, value: i64| right(&left, &of(value as f64)));
    let left = apply.clone();
    engine.register_fn(name, move |value: f64, right: Expression| left(&of(value), &right));
    engine.register_fn(name, move |value: i64, right: Expression| apply(&of(value as f64), &right));
}

fn register_operators(engine: &mut Engine, arithmetic: &Arithmetic) {
    for (name, function, flipped, negated) in [
        ("+", Binary::Add, false, false),
        ("-", Binary::Subtract, false, false),
        ("*", Binary::Multiply, false, false),
        ("/", Binary::Divide, false, false),
        ("min", Binary::Smaller, false, false),
        ("max", Binary::Larger, false, false),
        ("<", Binary::Below, false, false),
        ("<=", Binary::NotAbove, false, false),
        (">", Binary::Below, true, false),
        (">=", Binary::NotAbove, true, false),
        ("==", Binary::Equal, false, false),
        ("!=", Binary::Equal, false, true),
    ] {
        operator(engine, arithmetic, name, function, flipped, negated);
    }
}

fn register_functions(engine: &mut Engine, arithmetic: &Arithmetic) {
    for (name, function) in [
        ("-", Unary::Negate),
        ("abs", Unary::Absolute),
        ("sqrt", Unary::SquareRoot),
        ("exp", Unary::Exponential),
        ("ln", Unary::Logarithm),
    ] {
        let arithmetic = arithmetic.clone();
        engine.register_fn(name, move |images: Expression| arithmetic.unary(function, &images));
    }
    let shared = arithmetic.clone();
    engine.register_fn("clamp", move |images: Expression, low: Dynamic, high: Dynamic| -> Scripted<Expression> {
        let [low, high] = [number("clamp: the low end", &low)?, number("clamp: the high end", &high)?];
        if low > high {
            return fail(format!("clamp: the low end {low} must not be above the high end {high}"));
        }
        let [low, high] = [low, high].map(|end| Expression::number(end as f32));
        shared.binary(Binary::Smaller, &shared.binary(Binary::Larger, &images, &low)?, &high)
    });
    let shared = arithmetic.clone();
    engine.register_fn("where", move |mask: Expression, some: Dynamic, other: Dynamic| -> Scripted<Expression> {
        let part = |what: &str, value: &Dynamic| -> Scripted<Expression> {
            match value.clone().try_cast::<Expression>() {
                Some(images) => Ok(images),
                None => Ok(Expression::number(number(what, value)? as f32)),
            }
        };
        let (some, other) = (part("where: what is taken", &some)?, part("where: what is taken else", &other)?);
        Expression::choice(&mask, &some, &other, &shared.workspace.borrow()).map_err(refused)
    });
}

fn register_random(engine: &mut Engine, arithmetic: &Arithmetic) {
    let shared = arithmetic.clone();
    engine.register_fn("noise", move |like: Expression| -> Scripted<Expression> {
        Ok(Expression::noise(like.shape(), shared.noise_key()?))
    });
    let shared = arithmetic.clone();
    engine.register_fn("chance", move |like: Expression| -> Scripted<Expression> {
        let (key, count) = (shared.noise_key()?, like.shape()[0]);
        shared.hold(per_image((0..count as u32).map(|item| key.uniform(item, 0) as f32).collect()))
    });
}

/// Masks of inpainting: 1 where a value is free to move.
fn register_masks(engine: &mut Engine, arithmetic: &Arithmetic) {
    type Paint = fn([usize; 4], f64, NoiseKey) -> Images;
    for (name, paint) in [("square", masks::square as Paint), ("strokes", masks::strokes), ("pepper", masks::pepper)] {
        let shared = arithmetic.clone();
        engine.register_fn(name, move |like: Expression, share: Dynamic| -> Scripted<Expression> {
            let share = number_within(&format!("{name}: the share"), &share, [0.0, 1.0])?;
            shared.workspace.borrow().has_room(like.shape()).map_err(refused)?;
            shared.hold(paint(like.shape(), share, shared.noise_key()?))
        });
    }
}

/// One number for each image.
pub(super) fn per_image(values: Vec<f32>) -> Images {
    Images::new([values.len(), 1, 1, 1], values)
}

fn register_sums(engine: &mut Engine, arithmetic: &Arithmetic) {
    let sum: fn(&[f32]) -> f64 = |values| values.iter().map(|&value| f64::from(value)).sum();
    let squares: fn(&[f32]) -> f64 = |values| values.iter().map(|&value| f64::from(value).powi(2)).sum();
    for (name, part, root, mean) in
        [("sum", sum, false, false), ("mean", sum, false, true), ("norm", squares, true, false)]
    {
        let finish = move |total: f64, values: usize| {
            let total = if root { total.sqrt() } else { total };
            if mean { total / values.max(1) as f64 } else { total }
        };
        let shared = arithmetic.clone();
        engine.register_fn(name, move |images: Expression| -> Scripted<f64> {
            let images = shared.images(&images)?;
            let parts = (0..images.count()).map(|index| part(images.image(index)));
            Ok(finish(parts.sum(), images.data().len()))
        });
        let shared = arithmetic.clone();
        engine.register_fn(format!("each_{name}"), move |images: Expression| -> Scripted<Expression> {
            let images = shared.images(&images)?;
            let each = |index| finish(part(images.image(index)), images.image_len()) as f32;
            shared.hold(per_image((0..images.count()).map(each).collect()))
        });
    }
    for (name, first, better) in [
        ("lowest", f32::INFINITY, (|new, old| new < old) as fn(f32, f32) -> bool),
        ("highest", f32::NEG_INFINITY, |new, old| new > old),
    ] {
        let shared = arithmetic.clone();
        engine.register_fn(name, move |images: Expression| -> Scripted<f64> {
            let images = shared.images(&images)?;
            // A NaN is never passed over.
            let pick = |old: f32, &new: &f32| if new.is_nan() || better(new, old) { new } else { old };
            Ok(f64::from(images.data().iter().fold(first, pick)))
        });
    }
}

fn register_parts(engine: &mut Engine, arithmetic: &Arithmetic) {
    engine.register_get("count", |images: &mut Expression| images.shape()[0] as i64);
    engine.register_get("channels", |images: &mut Expression| images.shape()[1] as i64);
    engine.register_get("side", |images: &mut Expression| images.shape()[3] as i64);
    for name in ["to_string", "to_debug"] {
        engine.register_fn(name, |images: &mut Expression| {
            let [count, channels, height, width] = images.shape();
            format!("{count} images of {channels} × {height} × {width}")
        });
    }
    let shared = arithmetic.clone();
    engine.register_indexer_get(move |images: &mut Expression, index: i64| -> Scripted<Expression> {
        let at = place(images, index)?;
        shared.select(images, &[at])
    });
    let shared = arithmetic.clone();
    engine.register_indexer_get(move |images: &mut Expression, range: Range<i64>| shared.range(images, range));
    let shared = arithmetic.clone();
    engine.register_indexer_get(move |images: &mut Expression, range: RangeInclusive<i64>| {
        shared.range(images, *range.start()..range.end().saturating_add(1))
    });
    let shared = arithmetic.clone();
    engine.register_indexer_set(move |images: &mut Expression, index: i64, one: Expression| -> Scripted<()> {
        let at = place(images, index)?;
        let [_, c, h, w] = images.shape();
        if one.shape() != [1, c, h, w] {
            return fail(format!("a single image of {c} × {h} × {w} is expected here, found {}", described(&one)));
        }
        let mut changed = Images::clone(&*shared.images(images)?);
        changed.image_mut(at).copy_from_slice(shared.images(&one)?.data());
        *images = shared.hold(changed)?;
        Ok(())
    });
    let shared = arithmetic.clone();
    engine.register_fn("select", move |images: Expression, list: Array| -> Scripted<Expression> {
        let last = images.shape()[0].saturating_sub(1);
        let indices: Scripted<Vec<usize>> = list.iter().map(|at| count("select: an index", at, [0, last])).collect();
        shared.select(&images, &indices?)
    });
    let shared = arithmetic.clone();
    engine.register_fn("join", move |images: Expression, others: Expression| -> Scripted<Expression> {
        if images.shape()[1..] != others.shape()[1..] {
            let (one, other) = (described(&images), described(&others));
            return fail(format!("join: images of different sizes: {one}, and {other}"));
        }
        let [_, c, h, w] = images.shape();
        let count = images.shape()[0] + others.shape()[0];
        shared.workspace.borrow().has_room([count, c, h, w]).map_err(refused)?;
        shared.hold(shared.images(&images)?.concat(&*shared.images(&others)?))
    });
    let shared = arithmetic.clone();
    engine.register_fn("values", move |images: Expression| -> Scripted<Array> {
        let images = shared.images(&images)?;
        match images.data().len() {
            many if many > ARRAY => fail(format!("values: {many} values are more than a list may hold ({ARRAY})")),
            _ => Ok(images.data().iter().map(|&value| Dynamic::from_float(f64::from(value))).collect()),
        }
    });
    let shared = arithmetic.clone();
    engine.register_fn("power_spectrum", move |images: Expression| -> Scripted<Array> {
        let spectrum = crate::metrics::power_spectrum(&*shared.images(&images)?);
        Ok(spectrum.into_iter().map(Dynamic::from_float).collect())
    });
    for (name, upside_down) in [("mirrored", false), ("turned", true)] {
        let shared = arithmetic.clone();
        engine.register_fn(name, move |images: Expression| -> Scripted<Expression> {
            let mut turned = Images::clone(&*shared.images(&images)?);
            let [_, _, height, width] = turned.shape();
            if height * width > 0 {
                for plane in turned.data_mut().chunks_exact_mut(height * width) {
                    match upside_down {
                        true => plane.reverse(),
                        false => plane.chunks_exact_mut(width).for_each(<[f32]>::reverse),
                    }
                }
            }
            shared.hold(turned)
        });
    }
}

impl Arithmetic {
    fn range(&self, images: &Expression, range: Range<i64>) -> Scripted<Expression> {
        let count = images.shape()[0] as i64;
        if range.start < 0 || range.end > count || range.start >= range.end {
            return fail(format!("images {}..{} of {count}: there are none such", range.start, range.end));
        }
        let indices: Vec<usize> = range.map(|index| index as usize).collect();
        self.select(images, &indices)
    }

    fn select(&self, images: &Expression, indices: &[usize]) -> Scripted<Expression> {
        let [_, c, h, w] = images.shape();
        self.workspace.borrow().has_room([indices.len(), c, h, w]).map_err(refused)?;
        self.hold(self.images(images)?.select(indices))
    }
}

/// The place of image `index`; -1 is the last one.
fn place(images: &Expression, index: i64) -> Scripted<usize> {
    let count = images.shape()[0] as i64;
    match if index < 0 { index + count } else { index } {
        at if (0..count).contains(&at) => Ok(at as usize),
        _ => fail(format!("image {index} is not there: there are images 0 to {}", count - 1)),
    }
}

fn described(images: &Expression) -> String {
    let [count, channels, height, width] = images.shape();
    format!("{count} images of {channels} × {height} × {width}")
}
