//! Live fields: what sources say at this moment, under `live`. While the answer is put together each `live` leaves a
//! mark; when all that is stored has been read, the sources are asked for everything at once and the marks are filled,
//! so that the number of calls hangs on what was asked and not on where or when.

mod answered;
mod fill;
mod gather;
mod plan;
mod provenance;
mod sources;
mod types;
mod value;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::{Context, Name, Pos, Response, Value};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::operation;
use super::operation::Operation;
use crate::clock::Micros;
use crate::error::Error;
use crate::upstream::LiveSources;
use crate::upstream::sync::Ranking;
use plan::Plan;

pub(super) use sources::{is_of_source, of_source};
pub(super) use types::{live_field, register, source_fields};

/// What one operation asks of sources.
pub struct Live {
    sources: LiveSources,
    deadline: Instant,
    provenance: bool,
    asked: Mutex<Asked>,
    synced: OnceCell<HashMap<String, Micros>>,
}

/// What has been asked for so far.
#[derive(Debug, Default)]
struct Asked {
    /// Each `live` of the document, with the name that its marks carry.
    plans: Vec<(Plan, Name)>,
    by_place: HashMap<Pos, usize>,
    /// For each mark, its plan and the thing it stands for.
    marks: Vec<(usize, Uuid)>,
}

impl Live {
    /// For one operation, which waits for sources until `deadline`.
    pub fn new(sources: LiveSources, deadline: Instant) -> Self {
        Live { sources, deadline, provenance: false, asked: Mutex::default(), synced: OnceCell::new() }
    }

    /// Whose word counts where sources disagree.
    pub(super) fn ranking(&self) -> &Ranking {
        self.sources.ranking()
    }

    /// The same, telling where each answer came from, if that is wanted.
    pub fn telling(self, provenance: bool) -> Self {
        Live { provenance, ..self }
    }
}

/// Leaves a mark where the live state of a thing is asked for.
pub(super) fn ask(ctx: &Context<'_>, noun: &str, id: Uuid) -> Result<Value, Error> {
    let Some(object) = types::of_noun(noun) else { return Ok(Value::Null) };
    let live = &operation(ctx).live;
    let mut asked = live.asked.lock().unwrap_or_else(PoisonError::into_inner);
    let place = match asked.by_place.get(&ctx.item.pos) {
        Some(place) => *place,
        None => {
            let plan = Plan::read(ctx, object)?;
            let place = asked.plans.len();
            asked.plans.push((plan, Name::new(format!("{MARK}{place}"))));
            asked.by_place.insert(ctx.item.pos, place);
            place
        }
    };
    if live.sources.of_noun(noun).is_empty() {
        return Ok(Value::Null);
    }
    let mark = asked.marks.len();
    asked.marks.push((place, id));
    let name = asked.plans[place].1.clone();
    Ok(Value::Object([(name, Value::from(mark))].into_iter().collect()))
}

/// How the only key of a mark begins, which no response key can.
const MARK: char = '\0';

impl Operation {
    /// Asks the sources for all that the answer needs of them, and puts it in.
    pub async fn complete(&self, response: &mut Response) {
        let asked = std::mem::take(&mut *self.live.asked.lock().unwrap_or_else(PoisonError::into_inner));
        if !asked.marks.is_empty() {
            fill::fill(self, &asked, response).await;
        } else if self.live.provenance {
            response.extensions.insert("provenance".to_owned(), Value::List(Vec::new()));
        }
    }
}
