//! Things that stand beside numbers, such as the teams of a handoff map: those of all rows are read in one statement, by
//! the first that asks for them at a place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Pos, Positioned, ServerResult, Value};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::catalogue::{self, Code};
use crate::error::Error;
use crate::graph::answer::told;
use crate::graph::record::{Record, records};

type Once = Arc<OnceCell<Result<Arc<Vec<Option<Record>>>, Error>>>;

/// The things of one column of rows.
#[derive(Debug)]
pub(in crate::graph) struct Beside {
    ends: Vec<Option<(Code, Uuid)>>,
    read: Mutex<HashMap<Pos, Once>>,
}

impl Beside {
    /// For rows with these things.
    pub(in crate::graph) fn new(ends: Vec<Option<(Code, Uuid)>>) -> Arc<Self> {
        Arc::new(Beside { ends, read: Mutex::default() })
    }

    /// For rows with these things of one noun.
    pub(in crate::graph) fn of(noun: &str, ids: impl Iterator<Item = Option<Uuid>>) -> Arc<Self> {
        let code = catalogue::by_name(noun).map_or(0, |entry| entry.noun.code);
        Beside::new(ids.map(|id| Some((code, id?))).collect())
    }

    fn once(&self, pos: Pos) -> Once {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).entry(pos).or_default().clone()
    }

    /// The thing of a row, with what this field asks of it.
    pub(in crate::graph) async fn at(&self, ctx: &Context<'_>, row: usize) -> Option<Record> {
        if !self.ends.get(row).is_some_and(Option::is_some) {
            return None;
        }
        let once = self.once(ctx.item.pos);
        let found =
            once.get_or_init(|| async { Ok(Arc::new(Box::pin(records(ctx, self.ends.clone())).await?)) });
        match found.await {
            Ok(records) => records.get(row).cloned().flatten(),
            Err(error) => {
                ctx.add_error(told(ctx, error));
                None
            }
        }
    }
}

macro_rules! typed {
    ($name:ident) => {
        #[doc = concat!("A record where the schema says `", stringify!($name), "`.")]
        #[derive(Debug)]
        pub(in crate::graph) struct $name(pub(in crate::graph) Record);

        impl OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }

            fn create_type_info(_registry: &mut Registry) -> String {
                concat!(stringify!($name), "!").to_owned()
            }

            async fn resolve(
                &self,
                ctx: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                self.0.resolve(ctx, field).await
            }
        }
    };
}

typed!(Variant);
typed!(Audience);
typed!(Team);
typed!(Kpi);
