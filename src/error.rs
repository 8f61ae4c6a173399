//! What can go wrong, in two types: what a client may see, with a stable code, and what it must never see.

use std::fmt;
use std::sync::Arc;

/// The stable codes of errors, as `extensions.code` carries them. A code is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The request is not a GraphQL request.
    BadRequest,
    /// An argument cannot be used as it is.
    BadUserInput,
    /// An id is none of ours, or names something of another type.
    InvalidId,
    /// A cursor is none of ours, or belongs to another order.
    InvalidCursor,
    /// The key that was sent is not known here.
    Unauthenticated,
    /// The caller is known, but not allowed to do this.
    Forbidden,
    /// The document asks for more than one request may.
    LimitExceeded,
    /// Introspection is switched off.
    IntrospectionDisabled,
    /// The store cannot be reached at this moment.
    StoreUnavailable,
    /// A source cannot be reached, or says that it cannot answer.
    UpstreamUnavailable,
    /// A source did not answer in time.
    UpstreamTimeout,
    /// A source, or the budget declared for it, allows no call at this moment.
    UpstreamRateLimited,
    /// A source does not accept the credentials configured for it, or they do not reach far enough.
    UpstreamDenied,
    /// A source answered what cannot be used.
    UpstreamInvalid,
    /// Something went wrong inside; the log has it under the request's id.
    InternalServerError,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Code::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Code::BadRequest => "BAD_REQUEST",
            Code::BadUserInput => "BAD_USER_INPUT",
            Code::InvalidId => "INVALID_ID",
            Code::InvalidCursor => "INVALID_CURSOR",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::Forbidden => "FORBIDDEN",
            Code::LimitExceeded => "LIMIT_EXCEEDED",
            Code::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Code::StoreUnavailable => "STORE_UNAVAILABLE",
            Code::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Code::UpstreamTimeout => "UPSTREAM_TIMEOUT",
            Code::UpstreamRateLimited => "UPSTREAM_RATE_LIMITED",
            Code::UpstreamDenied => "UPSTREAM_DENIED",
            Code::UpstreamInvalid => "UPSTREAM_INVALID",
            Code::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error that a client may see: a stable code and a plain sentence that says what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// The stable code.
    pub code: Code,
    /// The sentence.
    pub message: String,
}

impl ClientError {
    /// An error with this code and sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        ClientError { code, message: message.into() }
    }

    /// An argument that cannot be used as it is.
    pub fn input(message: impl Into<String>) -> Self {
        ClientError::new(Code::BadUserInput, message)
    }
}

/// An error that a client must never see. It is logged under the request's id.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InternalError {
    /// The store refused or failed.
    #[error("the store failed: {0}")]
    Store(Arc<sea_orm::DbErr>),
    /// Something that must not happen; the text says what.
    #[error("{0}")]
    Broken(String),
}

/// Either kind.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// What a client may see.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What a client must never see.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Error::Internal(InternalError::Store(Arc::new(error)))
    }
}

impl Error {
    /// Something that must not happen.
    pub fn broken(what: impl Into<String>) -> Self {
        Error::Internal(InternalError::Broken(what.into()))
    }

    /// What the client is told of this error. The inside of an internal error is logged, not told.
    pub fn told(&self) -> ClientError {
        match self {
            Error::Client(error) => error.clone(),
            Error::Internal(InternalError::Store(error)) if is_unreachable(error) => ClientError::new(
                Code::StoreUnavailable,
                "The store cannot be reached at this moment; try again.",
            ),
            Error::Internal(_) => ClientError::new(
                Code::InternalServerError,
                "Something went wrong inside; the log has it under this request's id.",
            ),
        }
    }
}

fn is_unreachable(error: &sea_orm::DbErr) -> bool {
    matches!(error, sea_orm::DbErr::ConnectionAcquire(_) | sea_orm::DbErr::Conn(_))
}
