use std::sync::Mutex;

use async_trait::async_trait;
use domain::{
    model::Mail,
    ports::{Delivery, Mailer},
};

/// Keeps what it is given to send.
pub struct RecordingMailer {
    answer: Mutex<Delivery>,
    attempts: Mutex<Vec<(Mail, Delivery)>>,
}

impl RecordingMailer {
    /// Answers this from now on.
    pub fn answer(&self, delivery: Delivery) {
        *self.answer.lock().unwrap() = delivery;
    }

    /// The mails that were sent, oldest first.
    pub fn sent(&self) -> Vec<Mail> {
        let attempts = self.attempts.lock().unwrap();
        attempts
            .iter()
            .filter(|(_, delivery)| *delivery == Delivery::Sent)
            .map(|(mail, _)| mail.clone())
            .collect()
    }

    /// The mails that it was given since it was last asked, oldest first, whatever came of them.
    pub fn take(&self) -> Vec<Mail> {
        let attempts = std::mem::take(&mut *self.attempts.lock().unwrap());
        attempts.into_iter().map(|(mail, _)| mail).collect()
    }

    /// How often sending was tried, whatever came of it.
    pub fn attempts(&self) -> usize {
        self.attempts.lock().unwrap().len()
    }
}

impl Default for RecordingMailer {
    fn default() -> Self {
        Self {
            answer: Mutex::new(Delivery::Sent),
            attempts: Mutex::default(),
        }
    }
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn deliver(&self, mail: &Mail) -> Delivery {
        let answer = self.answer.lock().unwrap().clone();
        let attempt = (mail.clone(), answer.clone());
        self.attempts.lock().unwrap().push(attempt);
        answer
    }
}
