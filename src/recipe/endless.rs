//! Where a script that was cut off runs in circles. The language takes the place off such an error on its way out of
//! the functions, so it is sought in the text: in the function that was called, and those it calls.

use rhai::{AST, ASTNode, EvalAltResult, Expr, FnPtr, Position, Stmt};

/// The loop, or the call of a function by itself, that `error` of `function` in `script` probably comes from.
pub(super) fn place(script: &AST, function: &str, error: &EvalAltResult) -> Option<Position> {
    match innermost(error) {
        EvalAltResult::ErrorTooManyOperations(_) => endless_loop(script, function).or_else(|| circle(script, function)),
        EvalAltResult::ErrorTerminated(token, _) if token.is_string() => {
            endless_loop(script, function).or_else(|| circle(script, function))
        }
        EvalAltResult::ErrorStackOverflow(_) => circle(script, function),
        _ => None,
    }
}

fn innermost(error: &EvalAltResult) -> &EvalAltResult {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => innermost(inner),
        other => other,
    }
}

/// A function that is named in a function's body, and where.
type Named = (String, Position);

/// What a function's body holds.
#[derive(Default)]
struct Body {
    /// The more a loop looks like one without end, the lower its rank.
    loops: Vec<(u8, Position)>,
    named: Vec<Named>,
}

impl Body {
    fn of(script: &AST, function: &str) -> Self {
        let mut body = Self::default();
        let mut alone = script.clone();
        alone.retain_functions(|_, _, name, _| name == function);
        alone.walk(&mut |path: &[ASTNode]| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::While(flow, place))) => {
                    let unconditional = matches!(flow.expr, Expr::Unit(_) | Expr::BoolConstant(true, _));
                    body.loops.push((if unconditional { 0 } else { 1 }, *place));
                }
                Some(ASTNode::Stmt(Stmt::Do(_, _, place))) => body.loops.push((1, *place)),
                Some(ASTNode::Stmt(Stmt::For(_, place))) => body.loops.push((2, *place)),
                Some(ASTNode::Stmt(Stmt::FnCall(call, place))) => body.named.push((call.name.to_string(), *place)),
                Some(ASTNode::Expr(Expr::FnCall(call, place) | Expr::MethodCall(call, place))) => {
                    body.named.push((call.name.to_string(), *place));
                }
                // A closure is a function without a name of its own.
                Some(ASTNode::Expr(Expr::DynamicConstant(value, place))) => {
                    if let Some(closure) = value.clone().try_cast::<FnPtr>() {
                        body.named.push((closure.fn_name().to_string(), *place));
                    }
                }
                _ => {}
            }
            true
        });
        body
    }
}

/// The loop most like an endless one; the first in the order of calls among equals.
fn endless_loop(script: &AST, function: &str) -> Option<Position> {
    let (mut reached, mut next) = (vec![function.to_string()], 0);
    let mut loops = Vec::new();
    while let Some(function) = reached.get(next).cloned() {
        next += 1;
        let body = Body::of(script, &function);
        loops.extend(body.loops);
        for (name, _) in body.named {
            if !reached.contains(&name) {
                reached.push(name);
            }
        }
    }
    loops.into_iter().min_by_key(|(rank, _)| *rank).map(|(_, place)| place)
}

fn circle(script: &AST, function: &str) -> Option<Position> {
    recursion(script, function, &mut Vec::new(), &mut Vec::new())
}

/// The first call that comes back to a function whose call is under way. `path` are the functions under way, `known`
/// those that lead to no such call.
fn recursion(script: &AST, function: &str, path: &mut Vec<String>, known: &mut Vec<String>) -> Option<Position> {
    path.push(function.to_string());
    for (name, place) in Body::of(script, function).named {
        if path.contains(&name) {
            return Some(place);
        }
        if !known.contains(&name)
            && let Some(found) = recursion(script, &name, path, known)
        {
            return Some(found);
        }
    }
    path.pop();
    known.push(function.to_string());
    None
}
