//! Values within values. The language drops, compares and prints them by calling itself for what lies in them, so that a
//! list of a list of a list, deep enough, ends the whole program; and a closure that holds itself is printed without end.

use super::error::fail;
use super::options::Scripted;
use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Position};
use std::cell::Cell;

/// Values that may lie within each other in a row; more than an expression can write.
const DEEPEST: usize = 100;
/// Values of a variable that are looked at whenever it is used.
const EACH_TIME: usize = 64;
/// Values of a variable that are looked at every so many times.
const AT_TIMES: (usize, u32) = (1 << 18, 8);

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nested {
    TooDeep,
    TooMuch,
}

/// Looks at variables as scripts use them, and ends those whose values nest too deep. What a script can wrap around a
/// value between two looks is less than what any stack bears.
#[expect(deprecated, reason = "the hook is marked as one that may change, and the version is pinned")]
pub(super) fn apply(engine: &mut Engine) {
    let used = Cell::new(0_u32);
    engine.on_var(move |name, _, context| {
        let Some(value) = context.scope().get(name) else { return Ok(None) };
        used.set(used.get().wrapping_add(1));
        let thorough = used.get().is_multiple_of(AT_TIMES.1);
        match look(value, if thorough { AT_TIMES.0 } else { EACH_TIME }) {
            Ok(()) => Ok(None),
            Err(Nested::TooMuch) if !thorough => Ok(None),
            Err(Nested::TooMuch) => ended(format!("'{name}' holds more than {} values", AT_TIMES.0)),
            Err(Nested::TooDeep) => {
                ended(format!("'{name}' holds values that lie more than {DEEPEST} deep within each other, or itself"))
            }
        }
    });
}

/// Refuses a value from a script that nests too deep.
pub(super) fn check(what: &str, value: &Dynamic) -> Scripted<()> {
    match look(value, AT_TIMES.0) {
        Ok(()) => Ok(()),
        Err(_) => fail(format!("{what} holds values that lie more than {DEEPEST} deep within each other")),
    }
}

/// An error that a script cannot catch, and go on.
fn ended<T>(message: String) -> Result<T, Box<EvalAltResult>> {
    Err(Box::new(EvalAltResult::ErrorTerminated(message.into(), Position::NONE)))
}

fn look(value: &Dynamic, most: usize) -> Result<(), Nested> {
    let mut left = most;
    within(value, DEEPEST, &mut left)
}

/// Whether what lies in `value` goes no more than `deep` levels down, for as many values as are `left`.
fn within(value: &Dynamic, deep: usize, left: &mut usize) -> Result<(), Nested> {
    if let Ok(list) = value.as_array_ref() {
        return all(list.iter(), deep, left);
    }
    if let Ok(map) = value.as_map_ref() {
        return all(map.values(), deep, left);
    }
    match value.read_lock::<FnPtr>() {
        Some(function) => all(function.iter_curry(), deep, left),
        None => Ok(()),
    }
}

fn all<'a>(values: impl Iterator<Item = &'a Dynamic>, deep: usize, left: &mut usize) -> Result<(), Nested> {
    for value in values {
        *left = left.checked_sub(1).ok_or(Nested::TooMuch)?;
        within(value, deep.checked_sub(1).ok_or(Nested::TooDeep)?, left)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rhai::{Array, Map};

    fn nested(depth: usize) -> Dynamic {
        (0..depth).fold(Dynamic::from_int(1), |inner, level| match level % 3 {
            0 => Dynamic::from_array(Array::from([Dynamic::from_int(0), inner])),
            1 => Dynamic::from_map(Map::from([("inner".into(), inner)])),
            _ => {
                let mut function = FnPtr::new("f").unwrap();
                function.add_curry(inner);
                Dynamic::from(function)
            }
        })
    }

    #[test]
    fn depth_is_told_through_lists_maps_and_closures() {
        assert_eq!(look(&nested(DEEPEST), 1000), Ok(()));
        assert_eq!(look(&nested(DEEPEST + 1), 1000), Err(Nested::TooDeep));
    }

    #[test]
    fn wide_values_cost_no_more_than_was_said() {
        let list = Dynamic::from_array(vec![Dynamic::from_int(1); 1000]);
        assert_eq!(look(&list, 1000), Ok(()));
        assert_eq!(look(&list, 999), Err(Nested::TooMuch));
    }

    #[test]
    fn a_closure_within_itself_is_found() {
        let mut map = Map::new();
        let mut shared = Dynamic::from_map(Map::new()).into_shared();
        let mut function = FnPtr::new("f").unwrap();
        function.add_curry(shared.clone());
        map.insert("f".into(), Dynamic::from(function));
        *shared.write_lock::<Map>().unwrap() = map;
        assert_eq!(look(&shared, 1000), Err(Nested::TooDeep));
    }
}
