//! The format as a JSON Schema, for completion and checks in editors.

use serde_json::{Map, Value, json};

use super::{Kind, Need, ROOT, Table};

/// Returns the JSON Schema (draft 2020-12) of `policy.toml`.
///
/// Editors that know TOML take it for completion and for checks while writing; the checks of
/// [`Policy::check`](crate::policy::Policy::check) go further.
///
/// # Example
///
/// ```
/// let schema = tower_consent::policy::schema();
/// assert_eq!(schema["properties"]["site"]["required"][0], "name");
/// ```
pub fn schema() -> Value {
    let mut schema = object(&ROOT);
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("Policy of a site, policy.toml"));
    Value::Object(schema)
}

fn object(table: &'static Table) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in table.keys() {
        let mut property = value(key.kind);
        property.insert("description".into(), json!(key.doc));
        match key.need {
            Need::Required => required.push(key.name),
            Need::Default(default) => {
                property.insert("default".into(), literal(default));
            }
            Need::Optional => {}
        }
        if !key.example.is_empty() && !matches!(key.kind, Kind::Labels) {
            property.insert("examples".into(), json!([literal(key.example)]));
        }
        properties.insert(key.name.into(), Value::Object(property));
    }
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("required".into(), json!(required));
    schema.insert("additionalProperties".into(), json!(false));
    schema
}

/// Turns a TOML value of the declarations into JSON.
fn literal(text: &str) -> Value {
    let table: toml::Table = format!("x = {text}").parse().expect("declared values are tested to be TOML");
    let mut value = serde_json::to_value(&table["x"]).expect("a TOML value has a JSON form");
    if let toml::Value::Datetime(day) = &table["x"] {
        value = json!(day.to_string());
    }
    value
}

fn value(kind: Kind) -> Map<String, Value> {
    let text = json!({
        "oneOf": [
            { "type": "string", "minLength": 1 },
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "pattern": LANGUAGE },
                "additionalProperties": { "type": "string", "minLength": 1 },
            },
        ],
    });
    let schema = match kind {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Colour => json!({ "type": "string", "pattern": "^#[0-9A-Fa-f]{6}$" }),
        Kind::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        // A TOML date has no JSON type; editors show it as a string of this form.
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Zone => json!({ "type": "string", "pattern": "^[A-Za-z0-9_+/-]+$" }),
        Kind::Email => json!({ "type": "string", "format": "email" }),
        Kind::Identifier => json!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$" }),
        Kind::Labels => json!({
            "type": "object",
            "propertyNames": { "pattern": LANGUAGE },
            "additionalProperties": {
                "type": "object",
                "propertyNames": { "enum": crate::language::label_names().collect::<Vec<_>>() },
                "additionalProperties": { "type": "string" },
            },
        }),
        Kind::Languages => json!({
            "type": "array",
            "minItems": 1,
            "uniqueItems": true,
            "items": { "type": "string", "pattern": LANGUAGE },
        }),
        Kind::ByProfile(table) => json!({
            "type": "object",
            "propertyNames": { "enum": super::PROFILES },
            "additionalProperties": object(table),
        }),
        Kind::String => json!({ "type": "string", "minLength": 1 }),
        Kind::Strings => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Kind::Table(table) => Value::Object(object(table)),
        Kind::Tables(table) => json!({ "type": "array", "items": object(table) }),
        Kind::Term => json!({
            "type": "string",
            "pattern": "^[0-9]+ (minute|hour|day|working day|week|month|year)s?$",
        }),
        Kind::Text => text,
        Kind::Texts => json!({ "type": "array", "items": text }),
        Kind::Url => json!({ "type": "string", "format": "uri" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "uniqueItems": true, "items": { "enum": words } }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// A language tag such as `ru` or `pt-br`.
const LANGUAGE: &str = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$";
