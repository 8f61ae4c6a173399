//! The questions that the demo's company can be asked at once, with real keys of its manifest filled in.
//! The queries stand in `demo/queries`, so that the command, the page and the tests ask the same.

use serde_json::{Value, json};

use crate::clock::{self, Micros};

use super::line::{DAY, day};
use super::manifest::{Found, Manifest};

/// A question of the domain with the query that answers it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The question, in words.
    pub title: &'static str,
    /// The query.
    pub query: &'static str,
    /// Its variables.
    pub variables: Value,
}

impl Question {
    /// The query with its variables filled in, to be pasted as it is: each becomes its variable's default.
    pub fn pasted(&self) -> String {
        let mut text: String =
            self.query.lines().skip_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n");
        for (name, value) in self.variables.as_object().into_iter().flatten() {
            for ty in ["String!", "DateTime!", "Date!"] {
                let declared = format!("${name}: {ty}");
                text = text.replace(&declared, &format!("{declared} = {value}"));
            }
        }
        text
    }
}

/// A question to the systems themselves.
pub const NOW: &str = include_str!("../../demo/queries/now.graphql");

/// Six questions that can be answered at once.
pub fn questions(manifest: &Manifest) -> Vec<Question> {
    let now = clock::read(&manifest.now).unwrap_or_default();
    let since = |days: Micros| day(now - days * DAY);
    let midnight = |days: Micros| format!("{}T00:00:00Z", since(days));
    let ending =
        manifest.found("rightsEndingSoon").iter().max_by_key(|found| found.with["liveUsages"].as_u64());
    let worn = manifest.found("fatigue").first();
    let unused = manifest.found("neverUsed").first();
    let key = |found: Option<&Found>| found.map(|found| found.key.clone());
    let with = |found: Option<&Found>, what: &str| found.map(|found| found.with[what].clone());
    vec![
        Question {
            title: "The licence of this photo ends on Friday. Which live ads, emails, pages and offers use it, in which territory, at what spend?",
            query: include_str!("../../demo/queries/licence-ends.graphql"),
            variables: json!({ "asset": key(ending), "at": manifest.now, "since": since(7) }),
        },
        Question {
            title: "How long does it take from a decision to the change being live, and where does it wait?",
            query: include_str!("../../demo/queries/where-it-waits.graphql"),
            variables: json!({ "before": clock::written(now - 60 * DAY) }),
        },
        Question {
            title: "Which assets are made and never used, and what did each cost?",
            query: include_str!("../../demo/queries/never-used.graphql"),
            variables: json!({ "brand": with(unused, "brand") }),
        },
        Question {
            title: "Which audiences does this headline reach, through which decisions, and is it wearing out?",
            query: include_str!("../../demo/queries/wearing-out.graphql"),
            variables: json!({
                "headline": key(worn),
                "audience": with(worn, "audienceName"),
                "since": since(21),
            }),
        },
        Question {
            title: "Which live placements are broken: expired asset, empty audience, ended offer without a fallback, missing rendition?",
            query: include_str!("../../demo/queries/broken.graphql"),
            variables: json!({ "at": manifest.now }),
        },
        Question {
            title: "Where does this number come from: which facts, from which system, how fresh, and what was left out?",
            query: include_str!("../../demo/queries/where-a-number-comes-from.graphql"),
            variables: json!({ "from": midnight(28), "to": midnight(0) }),
        },
    ]
}
