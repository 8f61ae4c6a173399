//! What no walk over everything has seen: gone, where that is certain. A list in pages may shift while it is walked, so
//! that a living thing is in none of them; it is asked for by its id, or another walk has to miss it too.

use super::SyncError;
use super::records::{family, noun_of, nouns};
use super::run::{Complete, Run};
use super::state::Kept;
use crate::catalogue::{Entry, Identity};
use crate::outbound::Failure;
use crate::upstream::Source;
use crate::upstream::connector::Entity;

/// The entities that feed a noun, each with the one in whose answers it stands.
struct Feeding<'a> {
    all: Vec<(&'a str, &'a Entity)>,
    roots: Vec<&'a str>,
}

impl<'a> Feeding<'a> {
    fn of(source: &'a Source, noun: &Entry) -> Self {
        let feeds = |name: &str| noun_of(source, name).is_some_and(|of| of.noun.code == noun.noun.code);
        let all: Vec<_> = source.entities().filter(|(name, _)| feeds(name)).collect();
        let root = |(name, entity): &(&'a str, &'a Entity)| match &entity.within {
            Some(within) => within.entity.value.as_str(),
            None => *name,
        };
        Feeding { roots: all.iter().map(root).collect(), all }
    }

    fn names(&self) -> Vec<&'a str> {
        self.all.iter().map(|(name, _)| *name).collect()
    }

    /// Whether each can be asked for things by their ids.
    fn can_be_asked(&self) -> bool {
        self.all.iter().all(|(_, entity)| entity.get_many.is_some())
    }
}

impl Run<'_> {
    /// Finds out what is gone, now that the walk of an entity over everything is complete.
    pub(super) async fn unseen(&mut self, name: &str, kept: &mut Kept) -> Result<(), SyncError> {
        let nameless: u64 = kept.counts.values().map(|counts| counts.nameless).sum();
        let at_once = kept.under.as_ref().is_some_and(|under| under.place.pages <= 1);
        self.complete.insert(name.to_owned(), Complete { named: nameless == 0, at_once });
        for noun in nouns(self.source, &family(self.source, name)) {
            let gone = self.unseen_of(noun, name, kept).await?;
            kept.counts.entry(name.to_owned()).or_default().gone += gone;
        }
        Ok(())
    }

    /// Marks what is gone of a noun, where all that feed it were walked whole in this run; answers how much that was.
    async fn unseen_of(
        &mut self,
        noun: &'static Entry,
        name: &str,
        kept: &mut Kept,
    ) -> Result<u64, SyncError> {
        if noun.noun.identity != Identity::Key {
            return Ok(0);
        }
        let feeding = Feeding::of(self.source, noun);
        let walks: Option<Vec<Complete>> =
            feeding.roots.iter().map(|root| self.complete.get(*root).copied()).collect();
        let Some(walks) = walks else { return Ok(0) };
        let label = noun.noun.plural;
        if walks.iter().any(|walk| !walk.named) {
            self.ran.notes.push(format!(
                "some records had no id, so none of its {label} was taken for gone; mend the connector's `id`"
            ));
            return Ok(0);
        }
        let entities = feeding.names();
        let census = self.taker.census(noun.noun.code, &entities).await?;
        if census.seen == 0 && census.known > 0 && !self.order.full {
            self.ran.notes.push(format!(
                "its list of {label} came back empty, although {} were known; none was marked as gone. If they \
                 are, say so: weft sync {} --full",
                census.known, self.source.name
            ));
            return Ok(0);
        }
        let now = self.ground.clock.now();
        let began = kept.under.as_ref().map_or(now, |under| under.began);
        if walks.iter().all(|walk| walk.at_once) {
            return self.taker.unseen(noun, &entities, (began, now)).await;
        }
        if feeding.can_be_asked() {
            let Some(failure) = self.asked_after(noun, &feeding, name, kept).await? else {
                return self.taker.unseen(noun, &entities, (began, now)).await;
            };
            // What stands within them was not all read either.
            self.complete.remove(name);
            self.ran.notes.push(format!(
                "not all {label} that its list left out could be asked for by their ids, so none of them was marked as \
                 gone; the next walk over everything asks again: {failure}"
            ));
            return Ok(0);
        }
        let (gone, missed) = self.taker.missed(noun, &entities, (began, now)).await?;
        if missed > 0 {
            self.ran.notes.push(format!(
                "its list left out {missed} of the {label} that were known; those that the next walk over everything \
                 does not see either are marked as gone then"
            ));
        }
        Ok(gone)
    }

    /// Asks by their ids for the things that all lists left out; what lives is seen then. Answers why not, where that
    /// failed.
    async fn asked_after(
        &mut self,
        noun: &'static Entry,
        feeding: &Feeding<'_>,
        name: &str,
        kept: &mut Kept,
    ) -> Result<Option<Failure>, SyncError> {
        let began = kept.under.as_ref().map_or_else(|| self.ground.clock.now(), |under| under.began);
        for asked in &feeding.all {
            let missing = self.taker.missing(noun, &feeding.names(), began).await?;
            if let Some(failure) = self.ask_for(name, *asked, &missing, kept).await? {
                return Ok(Some(failure));
            }
        }
        Ok(None)
    }
}
