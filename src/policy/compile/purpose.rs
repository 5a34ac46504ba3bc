//! The purposes of a policy.

use std::collections::BTreeSet;

use super::super::{
    purpose::Purpose,
    read::{Faults, Section},
    word::{EndAction, Exemption},
};
use crate::purpose::{PurposeId, PurposeKind};

pub(super) fn purposes(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Vec<Purpose> {
    let mut purposes = Vec::new();
    let mut seen = BTreeSet::new();
    for table in root.tables(faults, "purpose") {
        let Some(purpose) = purpose(faults, &table) else {
            continue;
        };
        if seen.insert(purpose.id.clone()) {
            purposes.push(purpose);
        } else {
            let help = "give every purpose an id of its own".to_owned();
            faults.add("duplicate", table.span(), format!("purpose `{}` stands here twice", purpose.id), help);
        }
    }
    purposes
}

fn purpose(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Purpose> {
    let id = table.string(faults, "id").and_then(|value| value.get_ref().parse::<PurposeId>().ok());
    let kind = table.word(faults, "kind");
    let title = table.text(faults, "title");
    let description = table.text(faults, "description");
    let basis = table.word(faults, "basis");
    let data = table.texts(faults, "data");
    let subjects = table.texts(faults, "subjects");
    let operations = table.has("operations").then(|| table.words(faults, "operations"));
    let retention = table.term(faults, "retention");
    let end = table.word(faults, "end").and_then(EndAction::from_word);
    let sale = table.boolean(faults, "sale");
    let exemption = table.word(faults, "exemption").and_then(Exemption::from_word);
    let assessment = table.text(faults, "assessment");
    let kind = PurposeKind::ALL.into_iter().find(|candidate| Some(candidate.as_str()) == kind);
    Some(Purpose {
        id: id?,
        kind: kind?,
        title: title?,
        description: description?,
        basis: basis?,
        data,
        subjects,
        operations,
        retention: retention?.into_inner(),
        end: end?,
        sale,
        exemption,
        assessment,
    })
}
