//! Why a call gave no answer, in words that a client may see: the source by its name, never an address, a
//! credential or a body.

use std::borrow::Cow;
use std::sync::Arc;

use crate::clock::{Micros, written};
use crate::error::{ClientError, Code, Error};

/// A call that gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Failure {
    /// The source that was called, by the name it is configured under.
    pub upstream: Arc<str>,
    /// What was wrong.
    pub cause: Cause,
}

/// What was wrong with a call. Reasons are read by clients: they say what happened as the end of a sentence
/// that begins with the source ("it closed the connection").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The source cannot be reached, or says that it cannot answer.
    Unavailable {
        /// What happened.
        reason: Cow<'static, str>,
    },
    /// The source did not answer in time.
    Timeout,
    /// The source, or the budget declared for it, allows no call at this moment.
    RateLimited {
        /// From when on it does, where that is known.
        until: Option<Micros>,
    },
    /// The source does not accept the credentials (401), or they do not reach far enough (403).
    Denied {
        /// The status it answered.
        status: u16,
    },
    /// The source answered what cannot be used.
    Invalid {
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
}

impl Cause {
    /// The source could not be reached.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Cause::Unavailable { reason: reason.into() }
    }

    /// The answer cannot be used.
    pub fn invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Cause::Invalid { reason: reason.into() }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Cause::Unavailable { .. } => Code::UpstreamUnavailable,
            Cause::Timeout => Code::UpstreamTimeout,
            Cause::RateLimited { .. } => Code::UpstreamRateLimited,
            Cause::Denied { .. } => Code::UpstreamDenied,
            Cause::Invalid { .. } => Code::UpstreamInvalid,
        }
    }

    /// Whether the source is away, so that an answer from before may stand in. One that refuses us or answers
    /// rubbish is not away: what it said before may no longer be ours to show.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self, Cause::Unavailable { .. } | Cause::Timeout | Cause::RateLimited { .. })
    }
}

impl Failure {
    /// A failure of this source.
    pub fn new(upstream: Arc<str>, cause: Cause) -> Self {
        Failure { upstream, cause }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.cause.code()
    }

    /// Whether the source does not accept the credentials at all, so that a new token may help.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.cause, Cause::Denied { status: 401 })
    }

    /// Whether it speaks of what was asked for and not of the source: another question may well be answered.
    pub fn is_of_the_question(&self) -> bool {
        matches!(self.cause, Cause::Invalid { .. } | Cause::Denied { status: 403 })
    }

    fn sentence(&self) -> String {
        let name = &self.upstream;
        match &self.cause {
            Cause::Unavailable { reason } => format!("The source `{name}` is unavailable: {reason}."),
            Cause::Timeout => format!("The source `{name}` did not answer in time."),
            Cause::RateLimited { until: Some(until) } => {
                format!("The source `{name}` takes no more calls before {}; try again then.", written(*until))
            }
            Cause::RateLimited { until: None } => {
                format!("The source `{name}` takes no more calls at this moment; try again later.")
            }
            Cause::Denied { status: 401 } => {
                format!("The source `{name}` does not accept the credentials configured for it.")
            }
            Cause::Denied { .. } => {
                format!("The credentials configured for the source `{name}` do not allow this call.")
            }
            Cause::Invalid { reason } => {
                format!("The source `{name}` sent an answer that cannot be used: {reason}.")
            }
        }
    }
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        ClientError::new(failure.code(), failure.to_string())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Client(failure.into())
    }
}
