//! What stands under `live`, as data: a type for each noun that sources can be asked about, its fields, and the
//! operations that give each. The schema and the asking are made from this.

use async_graphql::registry::{MetaField, Registry};

use crate::catalogue::{self, Kind};
use crate::graph::meta::{enumeration, field, field_with, input, object, scalar};
use crate::graph::types::kind_type;
use crate::upstream::port::Purpose;

/// An object under `live`.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: &'static str,
    doc: &'static str,
    /// The noun whose live state this is, or of whose kind it is; empty for none.
    pub(super) noun: &'static str,
    pub(super) fields: &'static [Field],
}

/// A field of such an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    doc: &'static str,
    pub(super) holds: Holds,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Holds {
    /// The source that answers.
    Source,
    /// When it was asked.
    FetchedAt,
    /// A value of a record.
    Value(Value),
    /// Values of the same record, put together.
    Group(&'static Object),
    /// Things that stand within the record.
    Things(&'static Object),
    /// What the source decides for a context.
    Decision(&'static Object),
}

/// A value of a record.
#[derive(Debug)]
pub(super) struct Value {
    /// Its name in the record.
    pub(super) key: &'static str,
    /// Its type; absent where it is that of the noun's own field.
    kind: Option<Of>,
    /// The operations that may give it; the first that does is asked.
    pub(super) from: &'static [Purpose],
}

/// The type of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// A kind of the catalogue.
    Kind(Kind),
    /// Whatever the source says.
    Json,
}

impl Object {
    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the noun has this value as a field of its own.
    pub(super) fn holds(&self, value: &Value) -> bool {
        catalogue::by_name(self.noun).is_some_and(|entry| entry.noun.field(value.key).is_some())
    }

    /// The type of a value of this object.
    pub(super) fn of(&self, value: &Value) -> Of {
        value.kind.unwrap_or_else(|| {
            let own = catalogue::by_name(self.noun).and_then(|entry| entry.noun.field(value.key));
            own.map_or(Of::Json, |field| Of::Kind(field.kind))
        })
    }
}

const SOURCE: Field = Field {
    name: "source",
    doc: "The source that answers: the first of the configuration that knows this and can be asked for it.",
    holds: Holds::Source,
};

const FETCHED_AT: Field = Field {
    name: "fetchedAt",
    doc: "When the source was asked, or last said that this still holds; the earliest moment where several calls \
          were needed.",
    holds: Holds::FetchedAt,
};

const GET: &[Purpose] = &[Purpose::GetMany];
const SIZE: &[Purpose] = &[Purpose::Size, Purpose::GetMany];
const STATS: &[Purpose] = &[Purpose::Stats];
const EVALUATE: &[Purpose] = &[Purpose::Evaluate];

const fn own(name: &'static str, from: &'static [Purpose], doc: &'static str) -> Field {
    Field { name, doc, holds: Holds::Value(Value { key: name, kind: None, from }) }
}

const fn stat(name: &'static str, key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, doc, holds: Holds::Value(Value { key, kind: Some(Of::Kind(kind)), from: STATS }) }
}

const fn decided(name: &'static str, of: Of, doc: &'static str) -> Field {
    Field { name, doc, holds: Holds::Value(Value { key: name, kind: Some(of), from: EVALUATE }) }
}

const fn group(name: &'static str, holds: Holds, doc: &'static str) -> Field {
    Field { name, doc, holds }
}

static RENDITION: Object = Object {
    name: "RenditionLive",
    doc: "One file of an asset, as its source offers it at this moment.",
    noun: "Rendition",
    fields: &[
        own("name", GET, "What this file is called."),
        own("format", GET, "The media type, such as `image/webp`."),
        own("width", GET, "Width in pixels."),
        own("height", GET, "Height in pixels."),
        own("bytes", GET, "Size of the file in bytes."),
        own("duration", GET, "Length in seconds, for film and sound."),
        own("url", GET, "Where the file can be fetched now; such addresses may end soon."),
        own("checksum", GET, "The checksum of the file, with its method in front."),
    ],
};

static PERFORMANCE: Object = Object {
    name: "PerformanceLive",
    doc: "What the source has counted in all by this moment: totals since the beginning, as the source counts them, and \
          not the difference to the last sync. What came since then is in them; the stored facts, day by day, end there. \
          No part of any KPI.",
    noun: "",
    fields: &[
        stat("impressions", "impressions", Kind::BigInt, "How often it was shown."),
        stat("reach", "reach", Kind::BigInt, "How many people it reached. Not additive."),
        stat("clicks", "clicks", Kind::BigInt, "How often it was clicked."),
        stat("conversions", "conversions", Kind::BigInt, "How often what it asks for was done."),
        stat("cost", "spend", Kind::Money, "What it has cost, in `currency`; the same as `spend`."),
        stat("revenue", "revenue", Kind::Money, "What it has brought in, in `currency`."),
        stat("currency", "currency", Kind::Text, "The ISO 4217 currency of `cost` and `revenue`."),
        stat(
            "observedAt",
            "observedAt",
            Kind::Time,
            "The moment that the figures speak of, by the source's word.",
        ),
    ],
};

static EVALUATION: Object = Object {
    name: "DecisionEvaluation",
    doc: "What a decision comes to for one context.",
    noun: "",
    fields: &[
        decided("variant", Of::Kind(Kind::Text), "The variant that was chosen, by its source's name for it."),
        decided("value", Of::Json, "The value of that variant."),
        decided(
            "reason",
            Of::Kind(Kind::Text),
            "Why, in OpenFeature's words, such as `TARGETING_MATCH` or `SPLIT`.",
        ),
        SOURCE,
        FETCHED_AT,
    ],
};

/// The live state of each noun that has one.
static LIVE: &[Object] = &[
    Object {
        name: "AssetLive",
        doc: "What an asset's source says of it at this moment.",
        noun: "Asset",
        fields: &[
            SOURCE,
            FETCHED_AT,
            own("status", GET, "How far the asset is on its way to being usable, by its source."),
            own("title", GET, "The name that its source knows it by."),
            group("renditions", Holds::Things(&RENDITION), "Its files as its source offers them."),
        ],
    },
    Object {
        name: "AudienceLive",
        doc: "What an audience's source says of it at this moment.",
        noun: "Audience",
        fields: &[
            SOURCE,
            FETCHED_AT,
            own(
                "size",
                SIZE,
                "How many are in it. Where counting is dear it is counted in the background, and this is the stored number.",
            ),
            own("sizeAsOf", SIZE, "When `size` was counted, by the source's word."),
            own("status", GET, "Whether the segment can be used."),
        ],
    },
    Object {
        name: "VariantLive",
        doc: "What a variant's source, such as an ad platform with its creative, says of it at this moment.",
        noun: "Variant",
        fields: &[
            SOURCE,
            FETCHED_AT,
            own("status", GET, "How far the variant is on its way to being usable, by its source."),
            group("performance", Holds::Group(&PERFORMANCE), "Its figures now, ahead of the stored facts."),
        ],
    },
    Object {
        name: "DecisionLive",
        doc: "What a decision's source says of it at this moment.",
        noun: "Decision",
        fields: &[
            SOURCE,
            FETCHED_AT,
            own("status", GET, "Whether it is in force, by its source."),
            group(
                "evaluate",
                Holds::Decision(&EVALUATION),
                "What it comes to for a context: one call for each decision and context.",
            ),
        ],
    },
    Object {
        name: "DeliveryLive",
        doc: "What a delivery's source says of it at this moment.",
        noun: "Delivery",
        fields: &[
            SOURCE,
            FETCHED_AT,
            own("status", GET, "Whether it runs, by its source."),
            stat("spend", "spend", Kind::Money, "What it has cost so far, in `currency`."),
            stat("currency", "currency", Kind::Text, "The ISO 4217 currency of `spend`."),
            stat("frequency", "frequency", Kind::Float, "How often one person has seen it, on average."),
            group("performance", Holds::Group(&PERFORMANCE), "Its figures now, ahead of the stored facts."),
        ],
    },
];

/// The live state of a noun, where it has one.
pub(super) fn of_noun(noun: &str) -> Option<&'static Object> {
    LIVE.iter().find(|object| object.noun == noun)
}

/// The field `live` of a noun, where it has one.
pub(in crate::graph) fn live_field(noun: &str) -> Option<MetaField> {
    let object = of_noun(noun)?;
    let doc = "What its source says at this moment, beside what is stored. Null where no source that can be asked knows \
               it. A source that fails nulls the fields that it was asked for, each with its error.";
    let max_age = "How old an answer may be at most, in seconds; 0 asks the source. Not given: as long as the source's \
                   connector keeps answers. Whatever is given, a source that is down may be answered for by what it \
                   said before, as long as its connector allows; provenance then says STALE.";
    Some(field_with("live", object.name, doc, vec![input("maxAge", "Int", max_age)]))
}

/// Adds the types.
pub(in crate::graph) fn register(registry: &mut Registry) {
    scalar(registry, "JSON", "Any JSON value.", Some("https://www.rfc-editor.org/rfc/rfc8259"), |_| true);
    for object in LIVE.iter().chain([&RENDITION, &PERFORMANCE, &EVALUATION]) {
        add(registry, object);
    }
    let words = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        words.iter().map(|(word, doc)| ((*word).to_owned(), (*doc).to_owned())).collect()
    };
    let health = [
        ("OK", "Its last call was answered."),
        ("LIMITED", "It takes no more calls for a while, or its budget is spent."),
        ("FAILING", "The last call of one of its operations failed, or its breaker is open."),
        ("UNKNOWN", "It has not been called yet."),
    ];
    enumeration(registry, "SourceHealth", "How a source is doing, by the calls made to it.", &words(&health));
    let breaker = [
        ("CLOSED", "It is called."),
        ("OPEN", "It failed several times in a row, and one of its operations is left alone for a while."),
        ("HALF_OPEN", "It was left alone, and the next call tries it."),
    ];
    enumeration(registry, "SourceBreaker", "Whether a source is called.", &words(&breaker));
}

fn add(registry: &mut Registry, of: &'static Object) {
    let fields = of.fields.iter().map(|member| match &member.holds {
        Holds::Source => field(member.name, "String", member.doc),
        Holds::FetchedAt => field(member.name, "DateTime", member.doc),
        Holds::Value(value) => match of.of(value) {
            Of::Kind(kind) => field(member.name, &kind_type(kind), member.doc),
            Of::Json => field(member.name, "JSON", member.doc),
        },
        Holds::Group(inner) => field(member.name, inner.name, member.doc),
        Holds::Things(inner) => field(member.name, &format!("[{}!]", inner.name), member.doc),
        Holds::Decision(inner) => {
            let doc = "What the decision looks at, such as `{targetingKey: \"visitor-1\", country: \"DE\"}`.";
            field_with(member.name, inner.name, member.doc, vec![input("context", "JSON", doc)])
        }
    });
    object(registry, of.name, of.doc, fields.collect(), false);
}

/// The fields that a source has beside those of its noun.
pub(in crate::graph) fn source_fields() -> Vec<MetaField> {
    let null = "Null where it is not configured here";
    vec![
        field("health", "SourceHealth", &format!("How it is doing, by the calls made to it. {null}.")),
        field(
            "breaker",
            "SourceBreaker",
            &format!("Whether it is called: the worst of its operations. {null}."),
        ),
        field(
            "lastSync",
            "DateTime",
            "When what it knows was last synced to its end. Null where it never was.",
        ),
        field("lag", "BigInt", "How many seconds ago that was."),
        field(
            "remainingBudget",
            "BigInt",
            &format!(
                "How many calls are left in the tightest of its limits, as far as they are known. {null}."
            ),
        ),
    ]
}
