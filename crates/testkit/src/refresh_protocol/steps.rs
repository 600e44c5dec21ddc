//! The steps of a walk, and how they are drawn.

use std::{ops::Range, time::Duration};

use domain::model::Session;
use proptest::{
    prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof},
    strategy::Union,
};
use proptest_state_machine::ReferenceStateMachine;

use super::model::{FORGIVENESS, IDLE, Model};

/// Of one walk.
const SIGN_INS: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Program {
    /// Confidential, keeps its refresh token.
    Keeping,
    /// Confidential, rotates.
    Rotating,
    /// Public, rotates.
    Public,
}

impl Program {
    pub(super) const ALL: [Self; 3] = [Self::Keeping, Self::Rotating, Self::Public];
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    SignIn { user: usize, program: Program },
    Refresh(Refresh),
    Revoke { token: Token, program: Program },
    End { sign_in: usize },
    EndAll { user: usize },
    Wait(Duration),
    EnableTenant(bool),
    EnableProgram(Program, bool),
}

/// A refresh token that was handed out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) sign_in: usize,
    /// The first is 0.
    pub(super) index: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) token: Token,
    pub(super) program: Program,
    pub(super) tenant: NamedTenant,
    /// So many requests at the same time.
    pub(super) at_once: usize,
    /// We fail after the write.
    pub(super) fails: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedTenant {
    None,
    Own,
    Other,
}

pub(super) struct Protocol;

impl ReferenceStateMachine for Protocol {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        let sign_in =
            (users(), programs()).prop_map(|(user, program)| Step::SignIn { user, program });
        let tenant = any::<bool>().prop_map(Step::EnableTenant);
        let program = (programs(), any::<bool>()).prop_map(|(it, on)| Step::EnableProgram(it, on));
        let disabled = !model.tenant_enabled || !model.disabled.is_empty();
        let mut steps = vec![
            (12, waits()),
            (1, users().prop_map(|user| Step::EndAll { user }).boxed()),
            (
                if disabled { 6 } else { 1 },
                prop_oneof![tenant, program].boxed(),
            ),
        ];
        if model.sign_ins.len() < SIGN_INS {
            steps.push((6, sign_in.boxed()));
        }
        if let Some(tokens) = model.tokens() {
            let sign_ins = 0..model.sign_ins.len();
            steps.push((30, refreshes(tokens.clone())));
            steps.push((1, revocations(tokens)));
            steps.push((
                1,
                sign_ins.prop_map(|sign_in| Step::End { sign_in }).boxed(),
            ));
        }
        Union::new_weighted(steps).boxed()
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        match step {
            Step::Refresh(refresh) => {
                let sign_in = model.sign_ins.get(refresh.token.sign_in);
                model.holds(refresh.token)
                    && sign_in.is_some_and(|it| it.tokens.len() < Session::REMEMBERED)
            }
            Step::Revoke { token, .. } => model.holds(*token),
            Step::End { sign_in } => *sign_in < model.sign_ins.len(),
            _ => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.take(step);
        model
    }
}

impl Model {
    fn holds(&self, token: Token) -> bool {
        let sign_in = self.sign_ins.get(token.sign_in);
        let handed = sign_in.and_then(|it| it.tokens.get(token.index));
        handed.is_some_and(|it| it.known)
    }

    /// Every token that somebody has, with its own program; the more often the more depends on it.
    fn tokens(&self) -> Option<BoxedStrategy<(Token, Program)>> {
        const BY_AGE: [u32; 4] = [4, 4, 3, 2];
        let mut tokens = Vec::new();
        for (sign_in, it) in self.sign_ins.iter().enumerate() {
            for index in (0..it.tokens.len()).filter(|index| it.tokens[*index].known) {
                let by_state = if self.is_alive(it) { 8 } else { 1 };
                let by_age = BY_AGE[(it.tokens.len() - 1 - index).min(3)];
                tokens.push((
                    by_state * by_age,
                    Just((Token { sign_in, index }, it.program)),
                ));
            }
        }
        (!tokens.is_empty()).then(|| Union::new_weighted(tokens).boxed())
    }
}

fn refreshes(tokens: BoxedStrategy<(Token, Program)>) -> BoxedStrategy<Step> {
    let tenants = prop_oneof![
        8 => Just(NamedTenant::None),
        2 => Just(NamedTenant::Own),
        1 => Just(NamedTenant::Other),
    ];
    let at_once = prop_oneof![6 => Just(1), 1 => Just(3)];
    let fails = prop_oneof![9 => Just(false), 1 => Just(true)];
    (tokens, others(), tenants, at_once, fails)
        .prop_map(|((token, own), other, tenant, at_once, fails)| {
            Step::Refresh(Refresh {
                token,
                program: other.unwrap_or(own),
                tenant,
                at_once,
                fails,
            })
        })
        .boxed()
}

fn revocations(tokens: BoxedStrategy<(Token, Program)>) -> BoxedStrategy<Step> {
    (tokens, others())
        .prop_map(|((token, own), other)| Step::Revoke {
            token,
            program: other.unwrap_or(own),
        })
        .boxed()
}

/// Now and then a program that perhaps is not the token's own.
fn others() -> BoxedStrategy<Option<Program>> {
    prop_oneof![9 => Just(None), 1 => programs().prop_map(Some)].boxed()
}

fn programs() -> BoxedStrategy<Program> {
    Union::new(Program::ALL.map(Just)).boxed()
}

fn users() -> Range<usize> {
    0..2
}

fn waits() -> BoxedStrategy<Step> {
    let moment = Duration::from_micros(1);
    let [short, half, minute] = [1, 5_000, 60_000].map(Duration::from_millis);
    prop_oneof![
        2 => Just(short),
        4 => Just(half),
        1 => Just(FORGIVENESS.saturating_sub(moment)),
        2 => Just(FORGIVENESS),
        2 => Just(FORGIVENESS + moment),
        1 => Just(minute),
        1 => Just(IDLE.saturating_sub(moment)),
        1 => Just(IDLE),
    ]
    .prop_map(Step::Wait)
    .boxed()
}
