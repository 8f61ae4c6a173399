//! The nouns of the graph, one file each: what the thing is, and which columns are its fields.

use super::noun::Noun;

mod asset;
mod audience;
mod brand;
mod brief;
mod campaign;
mod change;
mod collection;
mod component;
mod concept;
mod concept_scheme;
mod decision;
mod delivery;
mod experience;
mod experiment;
mod guardrail;
mod guardrail_finding;
mod handoff;
mod incident;
mod insight;
mod journey;
mod journey_fact;
mod journey_step;
mod kpi;
mod metadata_field;
mod metadata_value;
mod performance_fact;
mod person;
mod pilot;
mod placement;
mod product;
mod rendition;
mod rights_constraint;
mod rights_policy;
mod rule;
mod slot;
mod source;
mod team;
mod template;
mod usage;
mod variant;
mod work_item;

/// Every noun, in the order of its code.
pub(super) fn all() -> Vec<Noun> {
    vec![
        asset::noun(),
        rendition::noun(),
        collection::noun(),
        component::noun(),
        variant::noun(),
        template::noun(),
        slot::noun(),
        experience::noun(),
        usage::noun(),
        concept_scheme::noun(),
        concept::noun(),
        metadata_field::noun(),
        metadata_value::noun(),
        rights_policy::noun(),
        rights_constraint::noun(),
        guardrail::noun(),
        guardrail_finding::noun(),
        brand::noun(),
        product::noun(),
        audience::noun(),
        campaign::noun(),
        journey::noun(),
        journey_step::noun(),
        placement::noun(),
        decision::noun(),
        rule::noun(),
        experiment::noun(),
        delivery::noun(),
        kpi::noun(),
        performance_fact::noun(),
        journey_fact::noun(),
        team::noun(),
        person::noun(),
        brief::noun(),
        work_item::noun(),
        handoff::noun(),
        change::noun(),
        incident::noun(),
        insight::noun(),
        pilot::noun(),
        source::noun(),
    ]
}
