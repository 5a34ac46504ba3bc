//! The rules of technique and accessibility, which hold everywhere.
//!
//! Each file is one rule, called as its code.

mod a11y_contrast;
mod a11y_dialog;
mod a11y_key;
mod a11y_lang;
mod a11y_motion;
mod a11y_name;
mod a11y_obscure;
mod a11y_reflow;
mod a11y_target;
mod cook_age;
mod cook_attr;
mod cook_list;
mod gate_neutral;
mod gcm_basic;
mod gcm_order;
mod nojs;

use super::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &cook_age::RULE,
    &cook_attr::RULE,
    &cook_list::RULE,
    &a11y_key::RULE,
    &a11y_obscure::RULE,
    &a11y_target::RULE,
    &a11y_contrast::RULE,
    &a11y_reflow::RULE,
    &a11y_name::RULE,
    &a11y_dialog::RULE,
    &a11y_lang::RULE,
    &a11y_motion::RULE,
    &nojs::RULE,
    &gcm_order::RULE,
    &gcm_basic::RULE,
    &gate_neutral::RULE,
];
