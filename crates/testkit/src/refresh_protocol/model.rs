//! What SEC-24 says, without generations and without a database: of each sign-in the tokens that were handed out, in
//! order, and when each was first used.

use std::{collections::HashMap, time::Duration};

use domain::model::AuditAction;

use super::steps::{NamedTenant, Program, Refresh, Step, Token};

/// How long a spent token may be repeated in any case.
pub(super) const FORGIVENESS: Duration = Duration::from_secs(10);
pub(super) const IDLE: Duration = Duration::from_mins(2);
pub(super) const ABSOLUTE: Duration = Duration::from_mins(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    /// The refresh token of that index.
    Token(usize),
    BadClient,
    BadCredentials,
    NotFound,
    Unavailable,
    /// A token of something else; never right.
    Strange,
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Since the beginning.
    now: Duration,
    pub(super) tenant_enabled: bool,
    pub(super) disabled: Vec<Program>,
    pub(super) sign_ins: Vec<SignIn>,
    /// How often each event happened; absent for never.
    pub(super) audit: HashMap<AuditAction, usize>,
    /// What the last step was answered.
    pub(super) answer: Answer,
}

#[derive(Clone, Debug)]
pub(super) struct SignIn {
    pub(super) user: usize,
    pub(super) program: Program,
    began: Duration,
    last_used: Duration,
    pub(super) tokens: Vec<Handed>,
    /// With all sign-ins of the user.
    void: bool,
    /// By itself.
    ended: bool,
}

/// A token, in the order of their making.
#[derive(Clone, Debug, Default)]
pub(super) struct Handed {
    first_used: Option<Duration>,
    /// Somebody has it.
    pub(super) known: bool,
}

impl SignIn {
    /// How many tokens succeeded the first, and when after the sign-in it was last used.
    pub(super) fn used(&self) -> (u32, Duration) {
        let successors = u32::try_from(self.tokens.len() - 1).unwrap();
        (successors, self.last_used.saturating_sub(self.began))
    }
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            now: Duration::ZERO,
            tenant_enabled: true,
            disabled: Vec::new(),
            sign_ins: Vec::new(),
            audit: HashMap::new(),
            answer: Answer::Done,
        }
    }

    pub(super) fn is_enabled(&self, program: Program) -> bool {
        !self.disabled.contains(&program)
    }

    pub(super) fn is_alive(&self, sign_in: &SignIn) -> bool {
        let in_time = self.now < sign_in.last_used + IDLE && self.now < sign_in.began + ABSOLUTE;
        in_time && !sign_in.void && !sign_in.ended
    }

    pub(super) fn take(&mut self, step: &Step) {
        self.answer = match step {
            Step::SignIn { user, program } => self.sign_in(*user, *program),
            Step::Refresh(refresh) => self.refresh(refresh),
            Step::Revoke { token, program } => self.revoke(*token, *program),
            Step::End { sign_in } => self.end(*sign_in),
            Step::EndAll { user } => self.end_all(*user),
            Step::Wait(span) => {
                self.now += *span;
                Answer::Done
            }
            Step::EnableTenant(enabled) => {
                self.tenant_enabled = *enabled;
                Answer::Done
            }
            Step::EnableProgram(program, enabled) => {
                self.disabled.retain(|it| it != program);
                if !enabled {
                    self.disabled.push(*program);
                }
                Answer::Done
            }
        };
    }

    fn sign_in(&mut self, user: usize, program: Program) -> Answer {
        if !self.is_enabled(program) {
            return Answer::BadClient;
        }
        if !self.tenant_enabled {
            self.record(AuditAction::SignInRefused);
            return Answer::BadCredentials;
        }
        let handed = Handed {
            known: true,
            ..Handed::default()
        };
        self.sign_ins.push(SignIn {
            user,
            program,
            began: self.now,
            last_used: self.now,
            tokens: vec![handed],
            void: false,
            ended: false,
        });
        self.record(AuditAction::SignedIn);
        Answer::Token(0)
    }

    /// Requests at the same time are one after the other at the same time.
    fn refresh(&mut self, refresh: &Refresh) -> Answer {
        let answers: Vec<_> = (0..refresh.at_once)
            .map(|_| self.refresh_once(refresh))
            .collect();
        answers[0]
    }

    fn refresh_once(&mut self, refresh: &Refresh) -> Answer {
        let Token { sign_in, index } = refresh.token;
        let theirs = self.sign_ins[sign_in].program == refresh.program
            && refresh.tenant != NamedTenant::Other;
        let alive = self.is_alive(&self.sign_ins[sign_in]);
        if !self.is_enabled(refresh.program) {
            return Answer::BadClient;
        }
        if !theirs || !alive || !self.tenant_enabled {
            return Answer::BadCredentials;
        }
        let answer = match refresh.program {
            Program::Keeping => self.use_kept(sign_in),
            Program::Rotating | Program::Public => self.use_rotating(sign_in, index),
        };
        match answer {
            Answer::Token(_) if refresh.fails => Answer::Unavailable,
            Answer::Token(index) => {
                self.sign_ins[sign_in].tokens[index].known = true;
                answer
            }
            _ => answer,
        }
    }

    fn use_kept(&mut self, sign_in: usize) -> Answer {
        self.sign_ins[sign_in].last_used = self.now;
        Answer::Token(0)
    }

    fn use_rotating(&mut self, sign_in: usize, index: usize) -> Answer {
        let now = self.now;
        let it = &mut self.sign_ins[sign_in];
        let successor = index + 1;
        match it.tokens[index].first_used {
            None => {
                it.tokens[index].first_used = Some(now);
                it.tokens.push(Handed::default());
                it.last_used = now;
                Answer::Token(successor)
            }
            Some(first_used)
                if it.tokens[successor].first_used.is_none() || now <= first_used + FORGIVENESS =>
            {
                Answer::Token(successor)
            }
            Some(_) => {
                it.ended = true;
                self.record(AuditAction::RefreshTokenReused);
                Answer::BadCredentials
            }
        }
    }

    fn revoke(&mut self, token: Token, program: Program) -> Answer {
        if !self.is_enabled(program) {
            return Answer::BadClient;
        }
        let it = &mut self.sign_ins[token.sign_in];
        if it.program == program && !it.ended {
            it.ended = true;
            self.record(AuditAction::TokenRevoked);
        }
        Answer::Done
    }

    fn end(&mut self, sign_in: usize) -> Answer {
        if std::mem::replace(&mut self.sign_ins[sign_in].ended, true) {
            return Answer::NotFound;
        }
        self.record(AuditAction::SessionEnded);
        Answer::Done
    }

    fn end_all(&mut self, user: usize) -> Answer {
        for sign_in in self.sign_ins.iter_mut().filter(|it| it.user == user) {
            sign_in.void = true;
        }
        self.record(AuditAction::SessionsEnded);
        Answer::Done
    }

    fn record(&mut self, action: AuditAction) {
        *self.audit.entry(action).or_default() += 1;
    }
}
