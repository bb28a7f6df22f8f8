use crate::{Attribute, Skipped, rewrite};

const ATTRIBUTE: Attribute<'_> = Attribute {
    text: "#[a(\"{}\")]",
    prefix: "c",
};

fn text(source: &str) -> String {
    rewrite(source, ATTRIBUTE).expect("valid source").text
}

fn skipped(source: &str) -> (usize, Skipped) {
    let rewritten = rewrite(source, ATTRIBUTE).expect("valid source");
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
fn const_functions_and_functions_in_macros_are_counted() {
    let source = "const fn a() {} macro_rules! m { ($n:ident) => { fn $n() {} fn x(f: fn(u8)) {} fn d(); } } \
                  m! { fn b() {} }";
    let expected = Skipped {
        constant: 1,
        macro_body: 2,
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
