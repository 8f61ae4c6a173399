//! Signing requests in: bearer, header, basic, OAuth 2 tokens that are kept by what asks for them and renewed before they
//! end, and the signers written in Rust. Nothing here is ever logged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::connector::{Auth, Signer};
use super::convert::hex;
use super::request::insert;
use super::source::{Source, Words};
use super::template::Template;
use crate::outbound::{Answer, Budget, Call, Cause, Failure, Policy, Rules};

/// How a token is shown.
const BEARER: &str = "Bearer ";

/// A token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(30);

/// The tokens of a source, where it has any.
#[derive(Debug)]
pub(super) struct Signin {
    pub(super) policy: Arc<Policy>,
    /// By the hash of the form that asks for them: an operation may ask with other credentials, or for another scope.
    grants: Mutex<HashMap<[u8; 32], Arc<Grant>>>,
}

/// The token that is given for one form.
#[derive(Debug, Default)]
struct Grant {
    token: Mutex<Option<Token>>,
    renewing: tokio::sync::Mutex<()>,
}

/// What is sent for a token, and where to.
struct Form {
    url: Url,
    body: String,
}

#[derive(Clone)]
struct Token {
    text: String,
    ends: Option<Instant>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("ends", &self.ends).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Signin {
    pub(super) fn new(source: Arc<str>, budgets: Vec<Arc<Budget>>) -> Self {
        let rules = Rules { budgets, etag: false, ..Rules::default() };
        Signin { policy: Policy::new(source, "token", rules), grants: Mutex::default() }
    }

    /// Lets go of the token that a call was signed in with: it no longer holds. Calls that went out with it come back one
    /// after another, and what was fetched for the first of them holds for all.
    pub(super) fn forget(&self, call: &Call) {
        let sent = call.credentials.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(sent) = sent.and_then(|value| value.strip_prefix(BEARER)) else { return };
        let grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.values().for_each(|grant| grant.forget(sent));
    }

    fn grant(&self, form: &Form) -> Arc<Grant> {
        let asks = Sha256::new().chain_update(form.url.as_str()).chain_update("\n").chain_update(&form.body);
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.entry(asks.finalize().into()).or_default().clone()
    }
}

impl Grant {
    fn forget(&self, sent: &str) {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if token.as_ref().is_some_and(|token| token.text == sent) {
            *token = None;
        }
    }

    fn kept(&self) -> Option<String> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let token = token.as_ref()?;
        token.ends.is_none_or(|ends| Instant::now() + EARLY < ends).then(|| token.text.clone())
    }

    fn keep(&self, token: Token) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }
}

impl Source {
    /// Adds what says who we are.
    pub(super) async fn sign_in(&self, call: &mut Call, auth: Option<&Auth>) -> Result<(), Failure> {
        let none = Words::default();
        let (name, value) = match auth {
            None | Some(Auth::None {}) => return Ok(()),
            Some(Auth::Bearer(token)) => {
                (AUTHORIZATION.as_str(), format!("{BEARER}{}", self.text(token, &none)?))
            }
            Some(Auth::Header { name, value }) => (name.as_str(), self.text(value, &none)?),
            Some(Auth::Basic { username, password }) => {
                let pair = format!("{}:{}", self.text(username, &none)?, self.text(password, &none)?);
                (AUTHORIZATION.as_str(), format!("Basic {}", STANDARD.encode(pair)))
            }
            Some(oauth @ Auth::Oauth2 { .. }) => {
                (AUTHORIZATION.as_str(), format!("{BEARER}{}", self.token(oauth, call.deadline).await?))
            }
            Some(Auth::Signer { name: Signer::HmacSha256, header, secret }) => {
                let secret = self.text(secret, &none)?;
                let query = call.url.query().map_or(String::new(), |query| format!("?{query}"));
                let head = format!("{}\n{}{query}\n", call.method, call.url.path());
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
                    .map_err(|_| self.unsendable("secret"))?;
                mac.update(head.as_bytes());
                mac.update(&call.body);
                let bytes = mac.finalize().into_bytes();
                (header.as_str(), hex(&bytes))
            }
        };
        insert(&mut call.credentials, name, &value).ok_or_else(|| self.unsendable(name))
    }

    /// The token that is kept, or a new one; many who need one fetch it once. Waiting for it takes of the time of the
    /// call that needs it.
    async fn token(&self, auth: &Auth, deadline: Instant) -> Result<String, Failure> {
        let form = self.form(auth)?;
        let grant = self.signin.grant(&form);
        if let Some(token) = grant.kept() {
            return Ok(token);
        }
        let turn = timeout_at(deadline, grant.renewing.lock()).await;
        let _renewing = turn.map_err(|_| Failure::new(self.name.clone(), Cause::Timeout))?;
        if let Some(token) = grant.kept() {
            return Ok(token);
        }
        let mut call = Call::new(self.signin.policy.clone(), Method::POST, form.url);
        call.body = form.body.into();
        call.headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        call.headers.insert("accept", HeaderValue::from_static("application/json"));
        call.deadline = call.deadline.min(deadline);
        let answer = self.outbound.send(call).await?;
        let granted: Granted = serde_json::from_slice(&answer.body)
            .ok()
            .filter(|_| answer.status.is_success())
            .ok_or_else(|| self.ungranted(&answer))?;
        // One that holds longer than can be counted ends never.
        let ends = granted.expires_in.and_then(|span| Instant::now().checked_add(Duration::from_secs(span)));
        grant.keep(Token { text: granted.access_token.clone(), ends });
        Ok(granted.access_token)
    }

    /// What is sent for a token.
    fn form(&self, auth: &Auth) -> Result<Form, Failure> {
        let Auth::Oauth2 { token_url, client_id, client_secret, refresh_token, scope } = auth else {
            return Err(self.unsendable("auth"));
        };
        let text = |template: &Template| self.text(template, &Words::default());
        let url = Url::parse(&text(token_url)?).map_err(|_| self.unsendable("token_url"))?;
        let mut fields = vec![("client_id", text(client_id)?), ("client_secret", text(client_secret)?)];
        match refresh_token {
            Some(refresh) => {
                fields
                    .extend([("grant_type", "refresh_token".to_owned()), ("refresh_token", text(refresh)?)]);
            }
            None => fields.push(("grant_type", "client_credentials".to_owned())),
        }
        fields.extend(scope.clone().map(|scope| ("scope", scope)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Ok(Form { url, body })
    }

    /// Why there is no token. RFC 6749 says so of credentials with status 400, and in a word.
    fn ungranted(&self, answer: &Answer) -> Failure {
        let refused: Option<Refused> = serde_json::from_slice(&answer.body).ok();
        let error = refused.map(|refused| refused.error).unwrap_or_default();
        let (source, status) = (&*self.name, answer.status.as_u16());
        tracing::warn!(source, status, error, "a source gave no token");
        match error.as_str() {
            "invalid_client" | "invalid_grant" | "unauthorized_client" => {
                Failure::new(self.name.clone(), Cause::Denied { status: 401 })
            }
            _ => self.invalid("it gave no token for the credentials configured"),
        }
    }
}
