//! The schema and its resolvers, made from the catalogue and run by async-graphql.

mod answer;
mod conflict;
mod connection;
mod external_id;
mod fields;
mod filter;
mod filter_types;
mod kpi;
mod live;
mod map;
mod meta;
mod mutation;
mod operation;
mod own;
mod query;
mod record;
mod rejected;
mod scalars;
mod types;

use async_graphql::{EmptySubscription, SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

pub use live::Live;
pub use mutation::Mutation;
pub use operation::Operation;
pub use query::{Query, lookups};
pub use types::{DEFAULT_PAGE, LARGEST_PAGE};

/// The schema as it is served.
pub type GraphSchema = Schema<Query, Mutation, EmptySubscription>;

/// The schema, with introspection or without; without it, errors suggest no names either.
pub fn schema(introspection: bool) -> GraphSchema {
    builder(introspection).finish()
}

/// The same schema for documents that it has found valid before.
pub fn schema_for_valid(introspection: bool) -> GraphSchema {
    builder(introspection).validation_mode(ValidationMode::Fast).finish()
}

fn builder(introspection: bool) -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    // The library's own bound counts fragments with the fields; the pipeline's limits say what was asked and what may.
    let builder =
        Schema::build(Query, Mutation, EmptySubscription).enable_federation().limit_recursive_depth(64);
    if introspection { builder } else { builder.disable_introspection().disable_suggestions() }
}

/// The schema in the schema definition language, without what is there only for gateways.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .indent_width(2)
        .include_specified_by();
    schema(true).sdl_with_options(options)
}
