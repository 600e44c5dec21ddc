//! A walk through a world, compared with the model at every step.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Error, Result,
    model::{
        Actor, AuditAction, ClientChange, Identity, Secret, SessionId, Tenant, TenantChange, User,
    },
    ports::AccessTokens as _,
    services::{self, ClientCredentials, SignIn, TokenAnswer},
};
use proptest::{prop_assert_eq, test_runner::TestCaseResult};

use super::{
    model::{Answer, Model},
    steps::{NamedTenant, Program, Refresh, Step, Token},
    world::World,
};
use crate::tenant;

/// A tenant with two users and three clients of its own.
pub(super) struct Walk<'a> {
    world: &'a World,
    tenant: Tenant,
    users: [User; 2],
    clients: HashMap<Program, ClientCredentials>,
    sign_ins: Vec<Issued>,
}

/// What a sign-in was given.
struct Issued {
    session: SessionId,
    /// By index; a text that no answer brought is unknown.
    tokens: Vec<Option<String>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        world: &'a World,
        tenant: Tenant,
        users: [User; 2],
        clients: HashMap<Program, ClientCredentials>,
    ) -> Self {
        Self {
            world,
            tenant,
            users,
            clients,
            sign_ins: Vec::new(),
        }
    }

    /// Takes the step and compares everything with the model after it.
    pub(super) async fn take(&mut self, step: &Step, model: &Model) -> TestCaseResult {
        let answer = match step {
            Step::SignIn { user, program } => self.sign_in(*user, *program, model.answer).await,
            Step::Refresh(refresh) => self.refresh(refresh, model.answer).await,
            Step::Wait(span) => {
                self.world.clock.advance(*span);
                Answer::Done
            }
            step => answered(self.administer(step, model).await),
        };
        prop_assert_eq!(answer, model.answer, "what was answered");
        self.check_the_living(model).await?;
        self.check_audit(model).await?;
        match step {
            Step::Refresh(Refresh { token, .. }) | Step::Revoke { token, .. } => {
                self.check_introspection(token.sign_in, model).await
            }
            _ => Ok(()),
        }
    }

    async fn sign_in(&mut self, user: usize, program: Program, expected: Answer) -> Answer {
        let username = self.users[user].username.as_str();
        let request = SignIn {
            client: self.clients[&program].clone(),
            tenant: self.tenant.short_name.as_str().to_owned(),
            username: username.to_owned(),
            password: Secret::new(format!("password of {username}")),
        };
        let tokens = &self.world.membership.tokens;
        let answer = tokens.sign_in(&anonymous(), request).await;
        self.read(self.sign_ins.len(), answer, expected).await
    }

    /// The answer expected, or the first other one.
    async fn refresh(&mut self, refresh: &Refresh, expected: Answer) -> Answer {
        let world = self.world;
        if refresh.fails {
            world.tokens.install_keys(&[]).unwrap();
        }
        let requests: Vec<_> = (0..refresh.at_once)
            .map(|_| {
                let (membership, request) = (Arc::clone(&world.membership), self.request(refresh));
                tokio::spawn(async move { membership.tokens.refresh(&anonymous(), request).await })
            })
            .collect();
        let mut answers = Vec::new();
        for request in requests {
            answers.push(request.await.unwrap());
        }
        if refresh.fails {
            world.membership.signing_keys.tend().await.unwrap();
        }
        for answer in answers {
            let answer = self.read(refresh.token.sign_in, answer, expected).await;
            if answer != expected {
                return answer;
            }
        }
        expected
    }

    fn request(&self, refresh: &Refresh) -> services::Refresh {
        services::Refresh {
            client: self.clients[&refresh.program].clone(),
            refresh_token: self.text(refresh.token),
            tenant: match refresh.tenant {
                NamedTenant::None => None,
                NamedTenant::Own => Some(self.tenant.id.to_string()),
                NamedTenant::Other => Some(tenant("other").id.to_string()),
            },
        }
    }

    async fn administer(&self, step: &Step, model: &Model) -> Result<()> {
        let (membership, operator, tenant) = (&self.world.membership, operator(), self.tenant.id);
        match step {
            Step::Revoke { token, program } => {
                let (client, text) = (&self.clients[program], self.text(*token));
                membership
                    .token_status
                    .revoke(&anonymous(), client, &text)
                    .await
            }
            Step::End { sign_in } => {
                let user = self.users[model.sign_ins[*sign_in].user].id;
                let session = self.sign_ins[*sign_in].session;
                membership
                    .sessions
                    .end(&operator, tenant, user, session)
                    .await
            }
            Step::EndAll { user } => {
                let user = self.users[*user].id;
                membership.sessions.end_all(&operator, tenant, user).await
            }
            Step::EnableTenant(enabled) => {
                let change = TenantChange {
                    enabled: Some(*enabled),
                    ..TenantChange::default()
                };
                membership.tenants.change(&operator, tenant, change).await
            }
            Step::EnableProgram(program, enabled) => {
                let change = ClientChange {
                    enabled: Some(*enabled),
                    ..ClientChange::default()
                };
                let id = self.clients[program].id.parse()?;
                membership.clients.change(&operator, &id, change).await
            }
            Step::SignIn { .. } | Step::Refresh(_) | Step::Wait(_) => Ok(()),
        }
    }

    /// What the answer says, given what it should say: a text that was not seen before is taken for the token expected, if
    /// that has no text yet.
    async fn read(
        &mut self,
        sign_in: usize,
        answer: Result<TokenAnswer>,
        expected: Answer,
    ) -> Answer {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return answered(Err(error)),
        };
        let proved = self
            .world
            .membership
            .callers
            .authenticate(answer.access_token.expose());
        let Ok(Identity::User(proved)) = proved.await else {
            return Answer::Strange;
        };
        let text = answer
            .sign_in
            .unwrap()
            .refresh_token
            .unwrap()
            .expose()
            .clone();
        if sign_in == self.sign_ins.len() {
            self.sign_ins.push(Issued {
                session: proved.session,
                tokens: Vec::new(),
            });
        }
        let made_before = self
            .sign_ins
            .iter()
            .flat_map(|it| &it.tokens)
            .flatten()
            .any(|it| *it == text);
        let issued = &mut self.sign_ins[sign_in];
        if proved.session != issued.session {
            return Answer::Strange;
        }
        if let (Answer::Token(index), false) = (expected, made_before) {
            if issued.tokens.len() <= index {
                issued.tokens.resize(index + 1, None);
            }
            issued.tokens[index].get_or_insert_with(|| text.clone());
        }
        let found = issued
            .tokens
            .iter()
            .position(|it| it.as_ref() == Some(&text));
        found.map_or(Answer::Strange, Answer::Token)
    }

    async fn check_the_living(&self, model: &Model) -> TestCaseResult {
        for (number, user) in self.users.iter().enumerate() {
            let sessions = &self.world.membership.sessions;
            let shown = sessions
                .of(&operator(), user.tenant, user.id)
                .await
                .unwrap();
            let shown: HashMap<_, _> = shown
                .into_iter()
                .map(|it| (it.id, (it.generation, it.last_used_at.since(it.created_at))))
                .collect();
            let living: HashMap<_, _> = model
                .sign_ins
                .iter()
                .zip(&self.sign_ins)
                .filter(|(it, _)| it.user == number && model.is_alive(it))
                .map(|(it, issued)| (issued.session, it.used()))
                .collect();
            prop_assert_eq!(shown, living, "the sessions of {}", user.username);
        }
        Ok(())
    }

    async fn check_introspection(&self, sign_in: usize, model: &Model) -> TestCaseResult {
        let it = &model.sign_ins[sign_in];
        if it.program == Program::Public || !model.is_enabled(it.program) {
            return Ok(());
        }
        let alive = model.is_alive(it) && model.tenant_enabled;
        let (client, status) = (
            &self.clients[&it.program],
            &self.world.membership.token_status,
        );
        for (index, text) in self.sign_ins[sign_in].tokens.iter().enumerate() {
            let Some(text) = text else { continue };
            let text = Secret::new(text.clone());
            let active = status
                .introspect(&Actor::anonymous(None), client, &text)
                .await;
            let newest = index + 1 == it.tokens.len();
            prop_assert_eq!(
                active.unwrap().is_some(),
                alive && newest,
                "token {}",
                index
            );
        }
        Ok(())
    }

    async fn check_audit(&self, model: &Model) -> TestCaseResult {
        let events = self
            .world
            .store
            .store()
            .in_tenant(self.tenant.id, 1000)
            .await
            .unwrap();
        let mut counts = HashMap::new();
        let scene = [
            AuditAction::TenantCreated,
            AuditAction::UserRegistered,
            AuditAction::TenantChanged,
        ];
        for event in events.iter().filter(|it| !scene.contains(&it.action)) {
            *counts.entry(event.action).or_default() += 1;
        }
        prop_assert_eq!(&counts, &model.audit, "the audit");
        Ok(())
    }

    fn text(&self, token: Token) -> Secret<String> {
        let text = self.sign_ins[token.sign_in].tokens[token.index].clone();
        Secret::new(text.unwrap())
    }
}

fn answered(outcome: Result<()>) -> Answer {
    match outcome {
        Ok(()) => Answer::Done,
        Err(Error::BadClient) => Answer::BadClient,
        Err(Error::BadCredentials) => Answer::BadCredentials,
        Err(Error::NotFound(_)) => Answer::NotFound,
        Err(Error::Unavailable { .. }) => Answer::Unavailable,
        Err(error) => panic!("{error}"),
    }
}

pub(super) fn operator() -> Actor {
    Actor::operator("test")
}

fn anonymous() -> Actor {
    Actor::anonymous(None)
}
