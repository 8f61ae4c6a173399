//! From an operation of a connector and the words of the moment to one call.

use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};
use serde_json::Value;
use url::Url;

use super::connector::{Auth, Body, Method, Operation, Request, Values};
use super::port::Purpose;
use super::source::{Source, Words};
use super::template::Template;
use crate::outbound::{Answer, Call, Failure};

impl Source {
    /// The call of a request of an operation.
    pub(super) async fn call(
        &self,
        of: (&str, Purpose),
        operation: &Operation,
        request: &Request,
        words: &Words,
    ) -> Result<Call, Failure> {
        let policy = self.policy(of.0, of.1)?;
        let mut url = self.address(request, words)?;
        {
            let mut query = url.query_pairs_mut();
            for (name, values) in &request.query {
                for value in self.values(values, words)? {
                    query.append_pair(name, &value);
                }
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        let method = match request.method {
            None | Some(Method::Get) => HttpMethod::GET,
            Some(Method::Post) => HttpMethod::POST,
            Some(Method::Search) => HttpMethod::from_bytes(b"SEARCH").unwrap_or(HttpMethod::GET),
        };
        let mut call = Call::new(policy, method, url);
        call.idempotent = operation.repeatable.unwrap_or(true);
        let own = operation.http.iter().flat_map(|http| &http.headers);
        let headers = self.connector.http.headers.iter().chain(own).chain(&request.headers);
        for (name, template) in headers {
            insert(&mut call.headers, name, &self.text(template, words)?)
                .ok_or_else(|| self.unsendable(name))?;
        }
        if let Some(body) = &request.body {
            let body = self.body(body, words)?;
            call.body = serde_json::to_vec(&body).map_err(|_| self.unsendable("body"))?.into();
            call.headers.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
        }
        call.headers.entry("accept").or_insert(HeaderValue::from_static("application/json"));
        Ok(call)
    }

    /// Signs a call in, when nothing of it changes any more, and sends it. A token that no longer holds is renewed
    /// once.
    pub(super) async fn send(&self, mut call: Call, auth: Option<&Auth>) -> Result<Answer, Failure> {
        let auth = auth.or(self.connector.auth.as_ref());
        self.sign_in(&mut call, auth).await?;
        let again = matches!(auth, Some(Auth::Oauth2 { .. }));
        let retry = again.then(|| call.clone());
        match (self.outbound.send(call).await, retry) {
            (Err(failure), Some(mut call)) if failure.is_unauthorized() => {
                self.signin.forget(&call);
                call.credentials = HeaderMap::new();
                self.sign_in(&mut call, auth).await?;
                self.outbound.send(call).await
            }
            (answer, _) => answer,
        }
    }

    fn address(&self, request: &Request, words: &Words) -> Result<Url, Failure> {
        let path = request.path.filled(|asked| {
            let value = words.written(&asked.name, &asked.form).or_else(|| self.named(&asked.name))?;
            segment(&value)
        });
        let path = path.map_err(|name| self.unfilled(&name))?;
        let whole = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        Url::parse(&whole).map_err(|_| self.unsendable("path"))
    }

    pub(super) fn text(&self, template: &Template, words: &Words) -> Result<String, Failure> {
        template
            .filled(|asked| words.written(&asked.name, &asked.form).or_else(|| self.named(&asked.name)))
            .map_err(|name| self.unfilled(&name))
    }

    /// What a parameter of the query comes to: nothing, one value, or one for each of a list.
    fn values(&self, values: &Values, words: &Words) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        for template in &values.each {
            match template.sole().and_then(|name| words.of(name)).filter(|_| values.listed) {
                Some(Value::Array(items)) => {
                    all.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => all.push(self.text(template, words)?),
            }
        }
        all.retain(|value| !value.is_empty());
        Ok(all)
    }

    fn body(&self, body: &Body, words: &Words) -> Result<Value, Failure> {
        Ok(match body {
            Body::Null(()) => Value::Null,
            Body::Bool(truth) => Value::Bool(*truth),
            Body::Number(number) => Value::Number(number.clone()),
            Body::Text(template) => match template.sole().and_then(|name| words.of(name)) {
                Some(value) => value.clone(),
                None => Value::String(self.text(template, words)?),
            },
            Body::List(items) if body.is_for_each_id() => {
                let Some(Value::Array(ids)) = words.of("ids") else { return Err(self.unfilled("ids")) };
                let each = ids.iter().zip(items.iter().cycle());
                each.map(|(id, item)| self.body(item, &words.clone().with("id", id.clone())))
                    .collect::<Result<Vec<_>, _>>()?
                    .into()
            }
            Body::List(items) => {
                items.iter().map(|item| self.body(item, words)).collect::<Result<Vec<_>, _>>()?.into()
            }
            Body::Object(members) => {
                let mut object = serde_json::Map::new();
                for (name, member) in members {
                    let value = self.body(member, words)?;
                    // A cursor that is not there yet is not sent.
                    if !value.is_null() || matches!(member, Body::Null(())) {
                        object.insert(name.clone(), value);
                    }
                }
                Value::Object(object)
            }
        })
    }

    fn unfilled(&self, name: &str) -> Failure {
        self.invalid(format!("its connector asks for `{name}`, which is not known here"))
    }

    pub(super) fn unsendable(&self, what: &str) -> Failure {
        self.invalid(format!("its connector's {what} cannot be sent"))
    }
}

/// Puts a header in; nothing where its name or value cannot be sent.
pub(super) fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Option<()> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.insert(name, HeaderValue::from_str(value).ok()?);
    Some(())
}

/// A value as one segment of a path; nothing for one that would lead elsewhere.
fn segment(value: &str) -> Option<String> {
    if matches!(value, "" | "." | "..") {
        return None;
    }
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' | b',' | b':' | b'@' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(encoded)
}
