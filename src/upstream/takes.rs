//! What an operation may say by what it is for. What would be taken and do nothing is refused: who wrote it means
//! something by it.

use serde_saphyr::Location;

use super::connector::{Body, Missing, Operation, Page, PageStyle, Report};
use super::port::Purpose;
use super::read::{Checked, Checker};

use Purpose::{Changes, Evaluate, GetMany, List, Size, Stats};

/// Keys of an operation, and for what they do anything.
const TAKEN: [(&str, &[Purpose]); 8] = [
    ("page", &[List, Changes]),
    ("since", &[List, Changes]),
    ("ids_only", &[List, Changes]),
    ("max_ids", &[GetMany, Size, Stats]),
    ("missing", &[GetMany, Size, Stats, Evaluate]),
    ("match_on", &[List, Changes, GetMany, Size, Stats]),
    // What is stored of a thing is what `get_many` and `size` give; nothing keeps the rest.
    ("background", &[GetMany, Size]),
    ("report", &[List, Changes, GetMany, Size]),
];

impl Checker<'_> {
    /// Holds an operation to what it is for. `path` leads to it: `entities.asset.list`.
    pub(super) fn operation(&self, path: &str, purpose: Purpose, operation: &Operation) -> Checked {
        for (key, purposes) in TAKEN {
            if !purposes.contains(&purpose) && self.lines.has(&format!("{path}.{key}")) {
                let places: Vec<&str> = purposes.iter().map(|purpose| purpose.name()).collect();
                let name = purpose.name();
                return Err(self.told(
                    &format!("{path}.{key}"),
                    &format!("does nothing for `{name}`; expected only in {}", places.join(", ")),
                ));
            }
        }
        let mut words: Vec<&str> = match purpose {
            List | Changes => vec!["since", "since_day", "since_second"],
            GetMany | Size | Stats => vec!["ids", "id"],
            Evaluate => vec!["id", "context"],
        };
        if let Some(page) = &operation.page {
            words.extend(["page", "offset", "cursor", "size"]);
            self.page(path, page, operation)?;
        }
        self.request(&format!("{path}.request"), &operation.request, &words)?;
        if matches!(purpose, GetMany | Size | Stats) {
            self.by_ids(path, operation)?;
        }
        if operation.ids_only && operation.match_on.is_none() {
            return Err(
                self.told(&format!("{path}.ids_only"), "needs `match_on` beside it, the id of what changed")
            );
        }
        if matches!(purpose, List | Changes) && operation.match_on.is_some() && !operation.ids_only {
            return Err(self.told(
                &format!("{path}.match_on"),
                &format!("does nothing for `{}` without `ids_only`", purpose.name()),
            ));
        }
        if let Some(since) = &operation.since {
            let mut templates = Vec::new();
            since.templates(&mut templates);
            for template in templates {
                self.names(template, &words, &format!("{path}.since"))?;
            }
        }
        if let Some(report) = &operation.report {
            self.report(path, (purpose, operation), report)?;
        }
        self.auth(operation.auth.as_ref(), &format!("{path}.auth"))?;
        operation.http.as_ref().map_or(Ok(()), |http| self.http(http, &format!("{path}.http")))
    }

    fn page(&self, path: &str, page: &Page, operation: &Operation) -> Checked {
        let here = format!("{path}.page");
        if matches!(page.style, PageStyle::Cursor | PageStyle::NextUrl) && page.next.is_none() {
            return Err(self.told(&here, "a cursor and a next URL need `next`, the path to it"));
        }
        match page.style.word().filter(|word| page.param.is_none() && !asks(operation, word)) {
            Some(word) => {
                Err(self.told(&here, &format!("expected `param`, or `${{{word}}}` in the request")))
            }
            None => Ok(()),
        }
    }

    fn by_ids(&self, path: &str, operation: &Operation) -> Checked {
        let (ids, request) = (format!("{path}.max_ids"), format!("{path}.request"));
        let each = || operation.request.body.as_ref().is_some_and(Body::holds_each_id);
        match operation.max_ids.unwrap_or(1) {
            0 => Err(self.told(&ids, "expected 1 or more")),
            many if many > 1 && operation.missing != Missing::Absent => Err(self.told(
                &format!("{path}.missing"),
                &format!("expected `absent`, since one status cannot say it of {many} ids"),
            )),
            1 if !asks(operation, "id") && !asks(operation, "ids") => {
                Err(self.told(&request, "expected `${id}` somewhere in it"))
            }
            many if many > 1 && !asks(operation, "ids") && !each() => {
                Err(self
                    .told(&request, &format!("expected `${{ids}}` somewhere in it, since max_ids is {many}")))
            }
            _ => Ok(()),
        }
    }

    fn report(&self, path: &str, (purpose, operation): (Purpose, &Operation), report: &Report) -> Checked {
        let here = format!("{path}.report");
        if operation.page.is_some() {
            return Err(self.told(&here, "is fetched whole; expected no `page` beside it"));
        }
        if matches!(purpose, GetMany | Size) && !operation.background {
            return Err(self
                .told(&here, "a job takes longer than a query may; expected `background: true` beside it"));
        }
        self.request(&format!("{here}.poll"), &report.poll, &["job"])?;
        let download = report.download.as_ref();
        download.map_or(Ok(()), |request| self.request(&format!("{here}.download"), request, &["job"]))
    }

    /// What is wrong at a key, and where that stands.
    pub(super) fn told(&self, path: &str, what: &str) -> (Location, String) {
        let key = path.strip_prefix("entities.").unwrap_or(path);
        (self.lines.at(path), format!("{key}: {what}"))
    }
}

/// Whether a request asks for a word anywhere.
fn asks(operation: &Operation, word: &str) -> bool {
    let mut templates = Vec::new();
    operation.request.templates(&mut templates);
    templates.iter().any(|template| template.names().any(|name| name == word))
}
