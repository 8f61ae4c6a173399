//! What a noun is: a type of the graph, its table, and the columns that somebody decided to show as fields.

use heck::{ToLowerCamelCase, ToSnakeCase};
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic};

use super::bound::{Bound, Forms};
use super::choice::Choice;

/// The number of a noun, kept in ids and in the store: it never changes and is never given again.
pub type Code = i16;

/// A type of the graph that has rows of its own.
#[derive(Debug)]
pub struct Noun {
    /// The stable number of the noun.
    pub code: Code,
    /// The type's name, such as `WorkItem`.
    pub name: &'static str,
    /// The root field that lists it, such as `workItems`.
    pub plural: &'static str,
    /// What it is, for the person who queries.
    pub doc: &'static str,
    /// The table that holds it.
    pub table: &'static str,
    /// The fields, in the order the schema shows them.
    pub fields: Vec<Field>,
    /// Whether concepts can be attached to it.
    pub tagged: bool,
    /// Whether what it said before is kept when its times, words or relations change.
    pub remembered: bool,
    /// What makes two rows the same thing.
    pub identity: Identity,
}

/// What makes two rows the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// A key that a source uses for it, kept in the identity map.
    Key,
    /// The value of one column, whatever the source.
    Name(&'static str),
    /// The columns it was measured by; such rows have no key.
    Dimensions(&'static [&'static str]),
}

/// A column that is shown as a field.
#[derive(Debug)]
pub struct Field {
    /// The field's name in the schema and in import.
    pub name: String,
    /// The column that holds it.
    pub column: &'static str,
    /// What kind of value it is.
    pub kind: Kind,
    /// Whether every row has it.
    pub required: bool,
    /// What it means, for the person who queries.
    pub doc: &'static str,
    /// Whether `search` looks at it, and how much it counts.
    pub searched: Option<Weight>,
    /// What its values are held to beyond their kind.
    pub bound: Bound,
    /// The column of a number that it is never more than.
    pub most: Option<&'static str>,
    /// The columns without which a value of it says nothing, as an amount does without its currency.
    pub needs: Vec<&'static str>,
    /// What its texts are, where another field says so.
    pub forms: Option<Forms>,
}

/// The kinds of value a field can have. Each knows one way into the store and one way out.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    BigInt,
    /// A number.
    Float,
    /// Yes or no.
    Bool,
    /// A moment, stored as microseconds since 1970 in UTC.
    Time,
    /// A day in UTC.
    Date,
    /// An amount of money, stored in millionths of its currency.
    Money,
    /// A few texts, stored as a JSON array.
    Texts,
    /// One of a closed list of words.
    Choice(&'static Choice),
    /// A few of a closed list of words, stored as a JSON array.
    Choices(&'static Choice),
}

impl Kind {
    /// Whether the field holds several values.
    pub fn is_list(self) -> bool {
        matches!(self, Kind::Texts | Kind::Choices(_))
    }

    /// Whether rows can be put in order by it.
    pub fn orders(self) -> bool {
        matches!(
            self,
            Kind::Text | Kind::Int | Kind::BigInt | Kind::Float | Kind::Time | Kind::Date | Kind::Money
        )
    }
}

/// How much a word counts where `search` finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// In a title or a label.
    A,
    /// In a description.
    B,
    /// In copy.
    C,
}

impl Noun {
    /// Declares a noun over its table; `createdAt` and `updatedAt` come by themselves.
    pub(super) fn new<E: EntityTrait>(
        entity: E,
        code: Code,
        (name, plural): (&'static str, &'static str),
        doc: &'static str,
    ) -> Self {
        let stamp = |column: &'static str, doc| Field {
            name: column.to_lower_camel_case(),
            column,
            kind: Kind::Time,
            required: true,
            doc,
            searched: None,
            bound: Bound::Free,
            most: None,
            needs: Vec::new(),
            forms: None,
        };
        Noun {
            code,
            name,
            plural,
            doc,
            table: entity.as_str(),
            fields: vec![
                stamp("created_at", "When Weft first learnt of it. Never used for a measure."),
                stamp("updated_at", "When Weft last learnt something new of it. Never used for a measure."),
            ],
            tagged: false,
            remembered: false,
            identity: Identity::Key,
        }
    }

    /// The name of the root field that looks one up, such as `workItem`.
    pub fn singular(&self) -> String {
        self.name.to_lower_camel_case()
    }

    /// The type's name as a sentence says it, such as `work item`.
    pub fn label(&self) -> String {
        self.name.to_snake_case().replace('_', " ")
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn with<C: ColumnTrait>(mut self, column: C, kind: Kind, doc: &'static str) -> Self {
        let definition = column.def();
        let column = IdenStatic::as_str(&column);
        self.fields.push(Field {
            name: column.to_lower_camel_case(),
            column,
            kind,
            required: !definition.is_null(),
            doc,
            searched: None,
            bound: Bound::Free,
            most: None,
            needs: Vec::new(),
            forms: None,
        });
        self
    }

    pub(super) fn text<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Text, doc)
    }

    pub(super) fn int<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Int, doc)
    }

    pub(super) fn big_int<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::BigInt, doc)
    }

    pub(super) fn float<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Float, doc)
    }

    pub(super) fn bool<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Bool, doc)
    }

    pub(super) fn time<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Time, doc)
    }

    pub(super) fn date<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Date, doc)
    }

    pub(super) fn money<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Money, doc)
    }

    pub(super) fn texts<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.with(column, Kind::Texts, doc)
    }

    pub(super) fn choice<C: ColumnTrait>(
        self,
        column: C,
        choice: &'static Choice,
        doc: &'static str,
    ) -> Self {
        self.with(column, Kind::Choice(choice), doc)
    }

    pub(super) fn choices<C: ColumnTrait>(
        self,
        column: C,
        choice: &'static Choice,
        doc: &'static str,
    ) -> Self {
        self.with(column, Kind::Choices(choice), doc)
    }

    pub(super) fn currency<C: ColumnTrait>(self, column: C, doc: &'static str) -> Self {
        self.text(column, doc).last(|field| field.bound = Bound::Currency)
    }

    /// Lets `search` look at the field declared last.
    pub(super) fn searched(self, weight: Weight) -> Self {
        self.last(|field| field.searched = Some(weight))
    }

    /// Holds the field declared last to numbers from this one on.
    pub(super) fn at_least(self, least: i32) -> Self {
        self.last(|field| field.bound = Bound::AtLeast(least))
    }

    /// Holds the field declared last to numbers between these two, both included.
    pub(super) fn within(self, least: i64, most: i64) -> Self {
        self.last(|field| field.bound = Bound::Within(least, most))
    }

    /// Holds the field declared last to numbers not above that in this column.
    pub(super) fn at_most<C: ColumnTrait>(self, column: C) -> Self {
        self.last(|field| field.most = Some(IdenStatic::as_str(&column)))
    }

    /// Says that a value of the field declared last says nothing without one in this column.
    pub(super) fn needing<C: ColumnTrait>(self, column: C) -> Self {
        self.last(|field| field.needs.push(IdenStatic::as_str(&column)))
    }

    /// Says that another field decides what the texts of the field declared last are.
    pub(super) fn formed(self, forms: Forms) -> Self {
        self.last(|field| field.forms = Some(forms))
    }

    fn last(mut self, change: impl FnOnce(&mut Field)) -> Self {
        if let Some(field) = self.fields.last_mut() {
            change(field);
        }
        self
    }

    /// Lets concepts be attached.
    pub(super) fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// Keeps what it said before when its times, words or relations change.
    pub(super) fn remembered(mut self) -> Self {
        self.remembered = true;
        self
    }

    /// Makes one column its identity, whatever the source.
    pub(super) fn named_by<C: ColumnTrait>(mut self, column: C) -> Self {
        self.identity = Identity::Name(IdenStatic::as_str(&column));
        self
    }

    /// Makes the columns it is measured by its identity.
    pub(super) fn measured_by(mut self, columns: &'static [&'static str]) -> Self {
        self.identity = Identity::Dimensions(columns);
        self
    }
}
