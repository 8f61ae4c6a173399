//! Reports that are made as jobs: submitted, asked for until they are done, then fetched.

use std::time::Duration;

use super::connector::{Operation, Request};
use super::convert::text_of;
use super::path::Scope;
use super::port::Purpose;
use super::source::{Source, Words};
use crate::clock::Micros;
use crate::outbound::{Answer, Cause, Failure};

const EVERY: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(300);
/// How long a source is waited for that takes no more calls and does not say until when.
const LIMITED: Duration = Duration::from_secs(5);
/// How much longer than it says, so that it is not asked a moment too early.
const SLACK: Duration = Duration::from_millis(10);

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
        let overdue = self.clock.now().saturating_add(micros(report.within.map_or(WITHIN, |span| span.0)));
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
            let answer = self.look((of, operation), &report.poll, &words, overdue).await?;
            let body = self.read_json(&answer)?;
            let state = report.state.one(Scope::whole(&body)).and_then(text_of);
            match state {
                Some(state) if state == report.done => {
                    let Some(download) = &report.download else { return Ok(answer) };
                    return self.look((of, operation), download, &words, overdue).await;
                }
                Some(state) if report.failed.contains(&state) => {
                    return Err(self.invalid("it could not make the report"));
                }
                _ => {}
            }
            self.pause(report.every.map_or(EVERY, |span| span.0), overdue).await?;
        }
    }

    /// Looks at a job, whose answer is another each time. A source that takes no more calls for a while is waited for: the
    /// job goes on meanwhile, and another one would be paid for too.
    async fn look(
        &self,
        (of, operation): ((&str, Purpose), &Operation),
        request: &Request,
        words: &Words,
        overdue: Micros,
    ) -> Result<Answer, Failure> {
        loop {
            let mut call = self.call(of, operation, request, words).await?;
            call.max_age = Some(Duration::ZERO);
            call.stand_in = false;
            let until = match self.send(call, operation.auth.as_ref()).await {
                Err(Failure { cause: Cause::RateLimited { until }, .. }) => until,
                other => return other,
            };
            let pause = until.map_or(LIMITED, |until| {
                let left = u64::try_from(until.saturating_sub(self.clock.now())).unwrap_or_default();
                Duration::from_micros(left) + SLACK
            });
            self.pause(pause, overdue).await?;
        }
    }

    /// Waits, unless the job is overdue by then.
    async fn pause(&self, pause: Duration, overdue: Micros) -> Result<(), Failure> {
        if self.clock.now().saturating_add(micros(pause)) > overdue {
            return Err(Failure::new(self.name.clone(), Cause::Timeout));
        }
        self.clock.sleep(pause).await;
        Ok(())
    }
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(Micros::MAX)
}
