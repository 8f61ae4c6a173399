//! Reports that are made as jobs: submitted, asked for until they are done, then fetched.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::connector::{Operation, Request};
use super::convert::text_of;
use super::path::Scope;
use super::port::Purpose;
use super::source::{Source, Words};
use crate::outbound::{Answer, Call, Cause, Failure};

const EVERY: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(300);

impl Source {
    /// Has a report made by a request, and answers with it.
    pub(super) async fn report(
        &self,
        of: (&str, Purpose),
        operation: &Operation,
        request: &Request,
        words: &Words,
    ) -> Result<Answer, Failure> {
        let report =
            operation.report.as_ref().ok_or_else(|| self.invalid("the connector has no such report"))?;
        let overdue = Instant::now() + report.within.map_or(WITHIN, |span| span.0);
        let mut submit = self.call(of, operation, request, words).await?;
        // A job that was made twice would be paid for twice.
        submit.idempotent = false;
        let auth = operation.auth.as_ref();
        let submitted = self.send(submit, auth).await?;
        let body = self.read_json(&submitted)?;
        let job = report
            .job
            .id(Scope::whole(&body))
            .ok_or_else(|| self.invalid("it named no job for the report"))?;
        let words = words.clone().with("job", job);
        loop {
            let answer = self.send(self.look(of, operation, &report.poll, &words).await?, auth).await?;
            let body = self.read_json(&answer)?;
            let state = report.state.one(Scope::whole(&body)).and_then(text_of);
            match state {
                Some(state) if state == report.done => {
                    let Some(download) = &report.download else { return Ok(answer) };
                    return self.send(self.look(of, operation, download, &words).await?, auth).await;
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

    /// A call that looks at a job, whose answer is another each time.
    async fn look(
        &self,
        of: (&str, Purpose),
        operation: &Operation,
        request: &Request,
        words: &Words,
    ) -> Result<Call, Failure> {
        let mut call = self.call(of, operation, request, words).await?;
        call.max_age = Some(Duration::ZERO);
        call.stand_in = false;
        Ok(call)
    }
}
