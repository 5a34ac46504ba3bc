//! The purposes of a policy.

use std::collections::BTreeSet;

use super::super::{
    purpose::Purpose,
    read::{Faults, Section},
    word::{EndAction, Exemption},
};
use crate::purpose::{PurposeId, PurposeKind};

/// Reads every `[[purpose]]`. The second value are the names of all of them, of faulty ones too, so that a fault in a
/// purpose is not told again for each of its services.
pub(super) fn purposes(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> (Vec<Purpose>, BTreeSet<PurposeId>) {
    let mut purposes = Vec::new();
    let mut seen = BTreeSet::new();
    for table in root.tables(faults, "purpose") {
        let id = table.string(faults, "id").and_then(|value| value.get_ref().parse::<PurposeId>().ok());
        if let Some(id) = &id
            && !seen.insert(id.clone())
        {
            let help = "give every purpose an id of its own".to_owned();
            faults.add("duplicate", table.span(), format!("purpose `{id}` stands here twice"), help);
            continue;
        }
        purposes.extend(purpose(faults, &table, id));
    }
    (purposes, seen)
}

fn purpose(faults: &mut Faults<'_>, table: &Section<'_, '_>, id: Option<PurposeId>) -> Option<Purpose> {
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
