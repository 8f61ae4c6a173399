//! What is sent with a question about measures: windows, filters, and the words that they are split by.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{Enum, InputObject, InputType, InputValueError, InputValueResult, Name, Value};

use super::filter;
use crate::error::ClientError;
use crate::graph::scalars::DateTime;
use crate::graph::types::enum_name;
use crate::kpi::{Dimension, Filter, Interval, Period, Status, Window};

/// A span of time in UTC, from its beginning, inclusive, to its end, exclusive. A fact of a day belongs to the window
/// that holds the day's midnight.
#[derive(Debug, InputObject)]
#[graphql(name = "WindowInput")]
pub(in crate::graph) struct WindowInput {
    /// When it begins, inclusive.
    from: DateTime,
    /// When it ends, exclusive.
    to: DateTime,
}

impl WindowInput {
    /// The window that is meant.
    pub(in crate::graph) fn read(&self) -> Result<Window, ClientError> {
        Window::new(self.from.0, self.to.0)
    }
}

/// A value of `KpiFilterInput`, whose parts are judged when it is read.
#[derive(Debug)]
pub(in crate::graph) struct KpiFilterInput(Value);

impl KpiFilterInput {
    /// The filter that is meant.
    pub(in crate::graph) fn read(self) -> Result<Filter, ClientError> {
        filter::read(&self.0)
    }
}

impl InputType for KpiFilterInput {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("KpiFilterInput")
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "KpiFilterInput!".to_owned()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(value @ Value::Object(_)) => Ok(KpiFilterInput(value)),
            value => Err(InputValueError::expected_type(value.unwrap_or_default())),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A value of `KpiDimension`.
#[derive(Debug, Clone, Copy)]
pub(super) struct KpiDimension(pub(super) Dimension);

impl InputType for KpiDimension {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("KpiDimension")
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "KpiDimension!".to_owned()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        filter::dimension(&value).map(KpiDimension).map_err(|_| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Enum(Name::new(enum_name(self.0.name())))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// Which measures: by whether what was agreed on is met.
#[derive(Debug, InputObject)]
#[graphql(name = "KpiStatusFilter")]
pub(in crate::graph) struct KpiStatusFilter {
    /// Whether it is met.
    pub(super) status: KpiStatus,
    /// In which window.
    pub(super) window: WindowInput,
    /// Of what; without it, of everything. Where a measure with a target has no way to a dimension of it, that is an error
    /// that names the measure; `keys` can leave it out.
    pub(super) filter: Option<KpiFilterInput>,
    /// Only these measures, by their own keys; without it, all of them.
    pub(super) keys: Option<Vec<String>>,
}

/// Whether what was agreed on for a measure is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiStatus")]
pub(in crate::graph) enum KpiStatus {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// Nothing was agreed on, or the measure has no value in the window.
    Unknown,
}

impl From<Status> for KpiStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Met => KpiStatus::Met,
            Status::Missed => KpiStatus::Missed,
            Status::Unknown => KpiStatus::Unknown,
        }
    }
}

/// How long the parts of a series are. They begin at midnight in UTC; the first and the last are cut to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiInterval")]
pub(in crate::graph) enum KpiInterval {
    /// A day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A month.
    Month,
}

impl From<KpiInterval> for Interval {
    fn from(interval: KpiInterval) -> Self {
        match interval {
            KpiInterval::Day => Interval::Day,
            KpiInterval::Week => Interval::Week,
            KpiInterval::Month => Interval::Month,
        }
    }
}

/// What a result is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiPeriod")]
pub(in crate::graph) enum KpiPeriod {
    /// The window right before, as long as this one.
    PreviousPeriod,
    /// The same window a year before.
    PreviousYear,
}

impl From<KpiPeriod> for Period {
    fn from(period: KpiPeriod) -> Self {
        match period {
            KpiPeriod::PreviousPeriod => Period::Previous,
            KpiPeriod::PreviousYear => Period::PreviousYear,
        }
    }
}
