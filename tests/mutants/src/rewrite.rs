//! Writes the mutants into the code, each behind its number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{LineColumn, Span as TokenSpan};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ImplItemFn, ItemFn, Pat, Signature, Stmt, TraitItemFn,
    UnOp, parse_quote,
};

use crate::list::{Genre, Mutant, Position};

/// What the code calls. A mutant without a number is never selected.
const SELECTION: &str = "
#[doc(hidden)]
pub(crate) fn mutant(number: usize) -> bool {
    static SELECTED: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var(\"MUTANT\").ok()?.parse().ok());
    *SELECTED == Some(number)
}

/// The values of an operator. The number finds the mutant of an error of the compiler.
#[doc(hidden)]
#[inline(always)]
pub(crate) fn operator<T>(_number: usize, values: T) -> T {
    values
}
";

/// A file with its mutants.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    text: String,
    is_root: bool,
    places: Vec<Place>,
}

struct Place {
    number: usize,
    genre: Genre,
    start: Position,
    end: Position,
    replacement: String,
}

/// Reads the files that have mutants, and the root of the library.
pub(crate) fn sources(package: &Path, mutants: &[Mutant]) -> Result<Vec<Source>, String> {
    let mut places = BTreeMap::<PathBuf, Vec<Place>>::new();
    let root = package.join("src/lib.rs");
    places.entry(root.clone()).or_default();
    // The paths of the list begin at the workspace, whose name for the package may be any.
    let inside = |file: &str| {
        let from = file
            .find("src/")
            .ok_or(format!("{file} is not below src"))?;
        Ok::<_, String>(package.join(&file[from..]))
    };
    for (number, mutant) in mutants.iter().enumerate() {
        places
            .entry(inside(&mutant.file)?)
            .or_default()
            .push(Place {
                number,
                genre: mutant.genre,
                start: mutant.span.start,
                end: mutant.span.end,
                replacement: mutant.replacement.clone(),
            });
    }
    let read = |(path, places): (PathBuf, Vec<Place>)| {
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Source {
            is_root: path == root,
            path,
            text,
            places,
        })
    };
    places.into_iter().map(read).collect()
}

impl Source {
    /// Writes the file with the mutants that are wanted. Removes those from `wanted` whose place is not found.
    pub(crate) fn write(&self, wanted: &mut BTreeSet<usize>) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.path.display());
        let mut file = syn::parse_file(&self.text).map_err(|error| failed(&error))?;
        let mut rewriter = Rewriter {
            places: &self.places,
            wanted,
            written: BTreeSet::new(),
        };
        rewriter.visit_file_mut(&mut file);
        let written = rewriter.written;
        for place in &self.places {
            if !written.contains(&place.number) {
                wanted.remove(&place.number);
            }
        }
        let mut text = prettyplease::unparse(&file);
        if self.is_root {
            text.push_str(SELECTION);
        }
        fs::write(&self.path, text).map_err(|error| failed(&error))
    }

    /// Returns the mutants at the place of another one: those of one operator.
    pub(crate) fn of_one_place(&self, number: usize) -> Vec<usize> {
        let Some(place) = self.places.iter().find(|place| place.number == number) else {
            return Vec::new();
        };
        let same = self
            .places
            .iter()
            .filter(|other| other.start == place.start && other.genre == place.genre);
        same.map(|other| other.number).collect()
    }
}

struct Rewriter<'a> {
    places: &'a [Place],
    wanted: &'a BTreeSet<usize>,
    written: BTreeSet<usize>,
}

impl Rewriter<'_> {
    /// Takes the mutants of a genre at a place.
    fn take(&mut self, genre: Genre, is_here: impl Fn(&Place) -> bool) -> Vec<(usize, String)> {
        let mut taken = Vec::new();
        for place in self.places {
            let is_open =
                self.wanted.contains(&place.number) && !self.written.contains(&place.number);
            if place.genre == genre && is_open && is_here(place) {
                taken.push((place.number, place.replacement.clone()));
            }
        }
        taken
    }

    fn take_at(&mut self, genre: Genre, span: TokenSpan) -> Vec<(usize, String)> {
        let start = position(span.start());
        self.take(genre, |place| place.start == start)
    }

    fn function(&mut self, signature: &Signature, block: &mut Block) {
        if signature.constness.is_some() {
            return;
        }
        let (start, end) = (position(block.span().start()), position(block.span().end()));
        self.visit_block_mut(block);
        // Functions inside of this one have taken theirs.
        for (number, value) in self.take(Genre::FnValue, |place| {
            start <= place.start && place.end <= end
        }) {
            let Ok(value) = syn::parse_str::<Expr>(&value) else {
                continue;
            };
            let statement: Stmt = parse_quote!(if crate::mutant(#number) { return #value; });
            block.stmts.insert(0, statement);
            self.written.insert(number);
        }
    }

    fn binary(&mut self, binary: &ExprBinary) -> Option<Expr> {
        let taken = self.take_at(Genre::BinaryOperator, binary.op.span());
        let first = taken.first()?.0;
        let (left, operator, right) = (&binary.left, &binary.op, &binary.right);
        let operators: Vec<(usize, BinOp)> = taken
            .iter()
            .filter_map(|(number, text)| Some((*number, syn::parse_str(text).ok()?)))
            .collect();
        let branches = |left: Expr, right: Expr| {
            operators.iter().rev().fold(parse_quote!({ #left #operator #right }), |rest: Block, (number, other)| {
                parse_quote!({ if crate::mutant(#number) { #left #other #right } else #rest })
            })
        };
        let rewritten = match operator {
            BinOp::And(_) | BinOp::Or(_) if has_let(left) || has_let(right) => return None,
            BinOp::And(_) => {
                parse_quote!(({ let __left = #left; if __left == crate::mutant(#first) { __left } else { #right } }))
            }
            BinOp::Or(_) => {
                parse_quote!(({ let __left = #left; if __left != crate::mutant(#first) { __left } else { #right } }))
            }
            BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_) => {
                let block = branches(parse_quote!(*__left), parse_quote!(*__right));
                parse_quote!((match crate::operator(#first, (&(#left), &(#right))) { (__left, __right) => #block }))
            }
            BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::BitXor(_)
            | BinOp::Shl(_)
            | BinOp::Shr(_) => {
                let block = branches(parse_quote!(__left), parse_quote!(__right));
                parse_quote!((match crate::operator(#first, (#left, #right)) { (__left, __right) => #block }))
            }
            _ => {
                let block = branches((**left).clone(), (**right).clone());
                parse_quote!((#block))
            }
        };
        self.written.extend(taken.iter().map(|(number, _)| *number));
        Some(rewritten)
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        self.function(&function.sig, &mut function.block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.function(&function.sig, &mut function.block);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut TraitItemFn) {
        if let Some(block) = &mut function.default {
            self.function(&function.sig, block);
        }
    }

    // What follows is evaluated by the compiler.
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}

    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}

    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}

    fn visit_type_mut(&mut self, _: &mut syn::Type) {}

    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}

    fn visit_expr_repeat_mut(&mut self, repeat: &mut syn::ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_expr_const_mut(&mut self, _: &mut syn::ExprConst) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        match expression {
            Expr::Binary(binary) => {
                if let Some(rewritten) = self.binary(binary) {
                    *expression = rewritten;
                }
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_) | UnOp::Neg(_)) => {
                let taken = self.take_at(Genre::UnaryOperator, unary.op.span());
                if let Some((number, _)) = taken.first() {
                    let (operator, operand) = (&unary.op, &unary.expr);
                    *expression = parse_quote!((match crate::operator(#number, #operand) {
                        __value => if crate::mutant(#number) { __value } else { #operator __value },
                    }));
                    self.written.insert(*number);
                }
            }
            _ => {}
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.take_at(Genre::MatchArm, arm.span());
        self.visit_expr_mut(&mut arm.body);
        // syn has the condition of an arm in its pattern.
        if let Pat::Guard(pattern) = &mut arm.pat {
            let taken = self.take_at(Genre::MatchArmGuard, pattern.guard.span());
            self.visit_expr_mut(&mut pattern.guard);
            for (number, value) in taken {
                let guard = &pattern.guard;
                *pattern.guard = if value == "true" {
                    parse_quote!((crate::mutant(#number) || (#guard)))
                } else {
                    parse_quote!((!crate::mutant(#number) && (#guard)))
                };
                self.written.insert(number);
            }
        }
        for (number, _) in deleted {
            if let Pat::Guard(pattern) = &mut arm.pat {
                let guard = &pattern.guard;
                *pattern.guard = parse_quote!((!crate::mutant(#number) && (#guard)));
            } else {
                let pattern = &arm.pat;
                let with_guard: Arm = parse_quote!(#pattern if !crate::mutant(#number) => {});
                arm.pat = with_guard.pat;
            }
            self.written.insert(number);
        }
    }
}

/// Returns whether an operand is a condition with `let`, whose variables the other operands may use.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// cargo-mutants counts columns from 1.
fn position(at: LineColumn) -> Position {
    Position {
        line: at.line,
        column: at.column + 1,
    }
}
