//! Reports that are made as jobs: submitted, asked for until they are done, then fetched.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::connector::{Operation, Report};
use super::path::Scope;
use super::port::Purpose;
use super::source::{Source, Words};
use crate::outbound::{Answer, Cause, Failure};

const EVERY: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(300);

impl Source {
    /// Has a report made and answers with it.
    pub(super) async fn report(
        &self,
        of: (&str, Purpose),
        operation: &Operation,
        report: &Report,
        words: &Words,
    ) -> Result<Answer, Failure> {
        let overdue = Instant::now() + report.within.map_or(WITHIN, |span| span.0);
        let mut submit = self.call(of, operation, &operation.request, words).await?;
        // A job that was made twice would be paid for twice.
        submit.idempotent = false;
        let submitted = self.send(submit, operation.auth.as_ref()).await?;
        let body = self.read_json(&submitted)?;
        let job = report
            .job
            .id(Scope::whole(&body))
            .ok_or_else(|| self.invalid("it named no job for the report"))?;
        let words = words.clone().with("job", job);
        loop {
            let mut poll = self.call(of, operation, &report.poll, &words).await?;
            poll.max_age = Some(Duration::ZERO);
            poll.stand_in = false;
            let answer = self.send(poll, operation.auth.as_ref()).await?;
            let body = self.read_json(&answer)?;
            let state = report.state.one(Scope::whole(&body)).map(|state| match state {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            match state {
                Some(state) if state == report.done => {
                    let Some(download) = &report.download else { return Ok(answer) };
                    let call = self.call(of, operation, download, &words).await?;
                    return self.send(call, operation.auth.as_ref()).await;
                }
                Some(state) if report.failed.contains(&state) => {
                    return Err(self.invalid("it could not make the report"));
                }
                _ => {}
            }
            let next = Instant::now() + report.every.map_or(EVERY, |span| span.0);
            if next > overdue {
                return Err(Failure::new(self.name.clone(), Cause::Timeout));
            }
            sleep(next - Instant::now()).await;
        }
    }
}
