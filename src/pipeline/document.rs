//! Which document: the text parsed once and kept with whether it is valid, so that the same text is neither parsed
//! nor validated again.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{Error, parse_query};
use async_graphql::{Name, Positioned, ServerError};
use moka::sync::Cache;

use super::fault::{Fault, error};
use super::tokens::{NESTING, Scan, scan};
use super::variables::Given;
use crate::error::Code;

/// About how many bytes the kept documents may take together.
const ROOM: u64 = 32 * 1024 * 1024;

/// About how many bytes a parsed document takes for each token of its text, measured with many short names.
const BYTES_FOR_A_TOKEN: usize = 500;

/// How deep the parser lets fields be nested.
const PARSER_DEPTH: u64 = 64;

/// A document that was parsed.
pub(super) struct Document {
    pub(super) parsed: ExecutableDocument,
    text: Arc<str>,
    tokens: usize,
    /// The variables with which it was found valid.
    valid_with: Mutex<Given>,
}

impl Document {
    /// Whether it was found valid when at least these variables were given. Validation looks at arguments only where
    /// all of their variables are given; their values are judged for each request, before.
    pub(super) fn is_valid_with(&self, given: Given) -> bool {
        let valid_with = *self.valid_with.lock().unwrap_or_else(PoisonError::into_inner);
        matches!((valid_with, given), (Some(valid_with), Some(given)) if given & !valid_with == 0)
    }

    /// Whether it was found valid at all, so that what hangs on no value need not be looked at again.
    pub(super) fn was_found_valid(&self) -> bool {
        self.valid_with.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Remembers that it is valid when these variables are given. Of several operations in one document each has
    /// variables of its own, so that nothing can be said of it as a whole.
    fn found_valid_with(&self, given: Given) {
        if given.is_some() && self.parsed.operations.iter().count() == 1 {
            *self.valid_with.lock().unwrap_or_else(PoisonError::into_inner) = given;
        }
    }

    /// About how many bytes it takes.
    fn weight(&self) -> u32 {
        let bytes = self.tokens.saturating_mul(BYTES_FOR_A_TOKEN).saturating_add(self.text.len());
        u32::try_from(bytes.saturating_add(512)).unwrap_or(u32::MAX)
    }
}

/// The valid documents that were seen lately. They are kept by their text, so that no two can be mistaken.
pub(super) struct Documents {
    kept: Cache<Arc<str>, Arc<Document>>,
    tokens: usize,
}

impl Documents {
    /// Keeps documents of up to this many tokens.
    pub(super) fn new(tokens: usize) -> Self {
        let kept = Cache::builder()
            .max_capacity(ROOM)
            .weigher(|_, document: &Arc<Document>| document.weight())
            .build();
        Documents { kept, tokens }
    }

    /// The document with this text.
    pub(super) fn get(&self, text: &str) -> Result<Arc<Document>, Fault> {
        if let Some(document) = self.kept.get(text) {
            return Ok(document);
        }
        let allowed = u64::try_from(self.tokens).unwrap_or(u64::MAX);
        let tokens = match scan(text, self.tokens) {
            Scan::Tokens(tokens) => tokens,
            Scan::TooMany => return Err(Fault::limit("tokens", allowed.saturating_add(1), allowed, None)),
            Scan::TooDeep => {
                let nesting = u64::try_from(NESTING).unwrap_or(u64::MAX);
                return Err(Fault::limit("nesting", nesting.saturating_add(1), nesting, None));
            }
        };
        let parsed = parse_query(text).map_err(|error| unparsed(&error))?;
        Ok(Arc::new(Document { parsed, text: Arc::from(text), tokens, valid_with: Mutex::new(None) }))
    }

    /// Keeps a document that was found valid when these variables were given. Others are not kept: nobody sends what
    /// is refused for long, unless to fill this room.
    pub(super) fn keep(&self, document: &Arc<Document>, given: Given) {
        document.found_valid_with(given);
        if !self.kept.contains_key(&document.text) {
            self.kept.insert(document.text.clone(), document.clone());
        }
    }
}

fn unparsed(wrong: &Error) -> Fault {
    let message = match wrong {
        Error::RecursionLimitExceeded => {
            return Fault::limit("depth", PARSER_DEPTH + 1, PARSER_DEPTH, None);
        }
        // The parser draws a picture of the line; its last line says what is wrong.
        Error::Syntax { message, .. } => {
            let reason = message.lines().rev().find_map(|line| line.trim().strip_prefix("= "));
            format!("The document is not GraphQL: {}.", reason.unwrap_or("it cannot be read"))
        }
        other => format!("The document cannot be used: {other}."),
    };
    let told = ServerError {
        locations: wrong.positions().collect(),
        ..error(Code::GraphqlParseFailed, message, None)
    };
    Fault::documents(vec![told])
}

/// The operation that is to be run, and its name.
pub(super) fn operation<'a>(
    document: &'a ExecutableDocument,
    wanted: Option<&str>,
) -> Result<(Option<&'a Name>, &'a Positioned<OperationDefinition>), Fault> {
    let bad = |message: String| Fault::document(Code::BadRequest, message, None);
    match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), None) => Ok((None, operation)),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations
            .iter()
            .next()
            .map(|(name, operation)| (Some(name), operation))
            .ok_or_else(|| bad("The document holds no operation.".to_owned())),
        (DocumentOperations::Multiple(_), None) => {
            Err(bad("The document holds several operations; say which in `operationName`.".to_owned()))
        }
        (DocumentOperations::Multiple(operations), Some(wanted)) => operations
            .get_key_value(wanted)
            .map(|(name, operation)| (Some(name), operation))
            .ok_or_else(|| bad(format!("The document holds no operation named `{wanted}`."))),
        (DocumentOperations::Single(_), Some(wanted)) => {
            Err(bad(format!("The document holds no operation named `{wanted}`.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Documents;

    #[test]
    fn a_document_is_known_to_be_valid_with_no_more_variables_than_were_given() {
        let documents = Documents::new(100);
        let text = "query ($a: Int, $b: Int) { assets(first: $a, last: $b) { totalCount } }";
        let document = documents.get(text).expect("it is GraphQL");
        assert!(!document.is_valid_with(Some(0b00)));
        documents.keep(&document, None);
        documents.keep(&document, Some(0b01));
        let document = documents.get(text).expect("it is kept");
        assert!(document.is_valid_with(Some(0b01)) && document.is_valid_with(Some(0b00)));
        assert!(!document.is_valid_with(Some(0b10)) && !document.is_valid_with(Some(0b11)));
        assert!(!document.is_valid_with(None), "values that only validation can judge");
        let several = documents.get("query A { __typename } query B { __typename }").expect("GraphQL");
        documents.keep(&several, Some(0));
        assert!(!several.is_valid_with(Some(0)));
    }

    #[test]
    fn what_was_not_found_valid_takes_no_room_and_what_was_takes_what_it_weighs() {
        let documents = Documents::new(100_000);
        let text = |number: usize| format!("{{ a{number} {} }}", "a ".repeat(2_000));
        for number in 0..40 {
            documents.get(&text(number)).expect("it is GraphQL");
        }
        documents.kept.run_pending_tasks();
        assert_eq!(documents.kept.entry_count(), 0);
        for number in 0..40 {
            let document = documents.get(&text(number)).expect("it is GraphQL");
            documents.keep(&document, Some(0));
        }
        documents.kept.run_pending_tasks();
        assert!((1..40).contains(&documents.kept.entry_count()), "{} are kept", documents.kept.entry_count());
    }
}
