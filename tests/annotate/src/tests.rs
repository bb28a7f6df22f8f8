use crate::{Attribute, Skipped, Templates, rewrite, templates};

const ATTRIBUTE: Attribute<'_> = Attribute {
    text: "#[a(\"{}\")]",
    prefix: "c",
};

fn text(source: &str) -> String {
    rewrite(source, ATTRIBUTE, &Templates::new())
        .expect("valid source")
        .text
}

fn skipped(source: &str) -> (usize, Skipped) {
    let rewritten = rewrite(source, ATTRIBUTE, &Templates::new()).expect("valid source");
    (rewritten.annotated, rewritten.skipped)
}

#[test]
fn the_attribute_stands_between_other_attributes_and_the_visibility() {
    assert_eq!(
        text("/// Text\n#[inline] pub(crate) async unsafe fn a() {}\nfn b() {}\n"),
        "/// Text\n#[inline] #[a(\"c.a\")] pub(crate) async unsafe fn a() {}\n#[a(\"c.b\")] fn b() {}\n"
    );
}

#[test]
fn methods_and_nested_functions_are_annotated() {
    assert_eq!(
        text(
            "trait T { fn a(); fn b() {} } impl T for S { fn a() { fn c() {} } } mod m { pub fn d() {} }"
        ),
        "trait T { fn a(); #[a(\"c.b\")] fn b() {} } impl T for S { #[a(\"c.a\")] fn a() \
         { #[a(\"c.c\")] fn c() {} } } mod m { #[a(\"c.d\")] pub fn d() {} }"
    );
}

#[test]
fn span_names_follow_the_grammar() {
    assert_eq!(
        text("fn r#type() {} fn _x() {} fn Make() {} fn é1() {}"),
        "#[a(\"c.type\")] fn r#type() {} #[a(\"c.f_x\")] fn _x() {} #[a(\"c.make\")] fn Make() {} \
         #[a(\"c.f1\")] fn é1() {}"
    );
}

#[test]
fn text_before_a_function_may_have_characters_of_several_bytes() {
    assert_eq!(text("// ä→\nfn a() {}"), "// ä→\n#[a(\"c.a\")] fn a() {}");
}

#[test]
fn functions_that_a_macro_rules_expands_to_are_annotated() {
    assert_eq!(
        text(
            "macro_rules! m { (fn $n:ident $v:vis) => { fn $n() {} #[b] $v unsafe fn x(f: fn(u8)) where u8: T {} \
             fn d(); const fn e() {} }; () => { impl S { $(#[$m])* pub(crate) extern \"C\" fn c() { fn d() {} } } } }"
        ),
        "macro_rules! m { (fn $n:ident $v:vis) => { #[a(\"c.n\")] fn $n() {} #[b] #[a(\"c.x\")] $v unsafe \
         fn x(f: fn(u8)) where u8: T {} fn d(); const fn e() {} }; () => { impl S { $(#[$m])* \
         #[a(\"c.c\")] pub(crate) extern \"C\" fn c() { #[a(\"c.d\")] fn d() {} } } } }"
    );
}

#[test]
fn skipped_functions_are_counted() {
    let source = "const fn a() {} m! { fn b() {} fn c(); } \
                  macro_rules! m { () => { const fn a() {} $(pub)? fn d() {} } } \
                  #[macro_export] macro_rules! n { () => { fn e(f: fn(u8)) {} fn g() {} } }";
    let expected = Skipped {
        constant: 2,
        macro_body: 3,
        macro_call: 1,
    };
    assert_eq!(skipped(source), (0, expected));
    assert_eq!(text(source), source);
}

#[test]
fn items_in_macros_for_conditional_compilation_are_annotated() {
    assert_eq!(
        text(
            "cfg_rt! { fn a() {} } cfg_if::cfg_if! { if #[cfg(x)] { fn b() {} } else { fn c() {} } }"
        ),
        "cfg_rt! { #[a(\"c.a\")] fn a() {} } cfg_if::cfg_if! { if #[cfg(x)] { #[a(\"c.b\")] fn b() {} } \
         else { #[a(\"c.c\")] fn c() {} } }"
    );
}

#[test]
fn functions_that_a_call_passes_to_a_template_are_annotated() {
    let source = "macro_rules! m { (fn $n:ident() $b:block) => { fn $n() { $b } } } \
                  macro_rules! n { () => { fn a() {} } } \
                  m! { fn a() { fn b() {} } } n! { fn c() {} }";
    let found = templates(source).expect("valid source");
    assert_eq!(found, Templates::from(["m".to_owned()]));
    let rewritten = rewrite(source, ATTRIBUTE, &found).expect("valid source");
    let expected = Skipped {
        constant: 0,
        macro_body: 0,
        macro_call: 2,
    };
    // The two of the macros' bodies, and `a`.
    assert_eq!((rewritten.annotated, rewritten.skipped), (3, expected));
}

#[test]
fn a_const_fn_in_a_macro_call_is_counted_as_const() {
    let expected = Skipped {
        constant: 1,
        macro_body: 0,
        macro_call: 0,
    };
    assert_eq!(skipped("m! { pub const fn a() {} }"), (0, expected));
}
