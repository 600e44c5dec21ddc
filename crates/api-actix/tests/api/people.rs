//! The people of the tests, made through the API as the platform's clients make them.

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    app::{Api, App},
    http::Request,
};

pub(crate) const CLIENT_ID: &str = "canopy";
pub(crate) const CLIENT_SECRET: &str = "s&c r=t of the first client";
pub(crate) const PASSWORD: &str = "0c6d8a1e-5f7a-4b3c-8d2e-1f0a9b8c7d6e";

/// A tenant, by its two names.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) short_name: String,
}

impl Tenant {
    /// A tenant by the name that people sign in with; its id is told when they do.
    pub(crate) fn named(short_name: &str) -> Self {
        Self {
            id: String::new(),
            short_name: short_name.to_owned(),
        }
    }
}

/// Somebody who signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) tenant: Tenant,
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

impl Person {
    /// `/membership/{collection}/{tenantId}/{userId}`.
    pub(crate) fn at(&self, collection: &str) -> String {
        format!("/membership/{collection}/{}/{}", self.tenant.id, self.id)
    }
}

pub(crate) fn email_of(username: &str) -> String {
    format!("{}@testing.example.com", username.replace(' ', "-"))
}

impl App {
    /// A fresh user of the tenant.
    pub(crate) async fn person(&self, tenant: &Tenant, username: &str) -> Person {
        let registration = self
            .registration(tenant, username)
            .bearer(&self.master.token);
        registration.send().await.expect_success();
        self.signed_in(tenant, username, PASSWORD).await
    }

    /// A fresh administrator of the tenant.
    pub(crate) async fn administrator(&self, tenant: &Tenant, username: &str) -> Person {
        let person = self.person(tenant, username).await;
        self.grant(&person, "TenantAdministrator").await;
        self.signed_in(tenant, username, PASSWORD).await
    }

    /// A fresh user with a confirmed address.
    pub(crate) async fn confirmed(&self, tenant: &Tenant, username: &str) -> Person {
        let person = self.person(tenant, username).await;
        let token = self.confirmation_token(&person).await;
        let confirmation = self
            .post("/membership/email-confirmations")
            .json(&json!({ "token": token }));
        confirmation.send().await.expect_success();
        person
    }

    pub(crate) async fn grant(&self, person: &Person, role: &str) {
        let change = self.put(person.at("roles")).bearer(&self.master.token);
        change
            .json(&json!({"role": role, "isEnabled": true}))
            .send()
            .await
            .expect_success();
    }

    pub(crate) async fn roles_of(&self, person: &Person) -> Value {
        let question = self.get(person.at("roles")).bearer(&self.master.token);
        question.send().await.expect(200).json()["roles"].clone()
    }

    /// The token of the newest confirmation link that was mailed to the person.
    pub(crate) async fn confirmation_token(&self, person: &Person) -> String {
        self.newest_link(&person.email, "/account/email-confirmation")
            .await
            .token
    }

    /// The token of a new reset link that the person asked for.
    pub(crate) async fn reset_token(&self, person: &Person) -> String {
        self.request_reset(person).await;
        self.newest_link(&person.email, "/account/password-reset")
            .await
            .token
    }

    pub(crate) async fn request_reset(&self, person: &Person) {
        let request = self.post("/membership/password-reset-requests");
        let body = json!({"tenant": person.tenant.short_name, "email": person.email});
        request.json(&body).send().await.expect_success();
    }

    pub(crate) async fn new_tenant(&self, short_name: &str) -> Tenant {
        Api::new_tenant(self, &self.master, short_name).await
    }

    pub(crate) async fn tenants(&self) -> Value {
        Api::tenants(self, &self.master).await
    }

    pub(crate) async fn users(&self, tenant: &Tenant) -> Value {
        Api::users(self, &self.master, tenant).await
    }
}

impl Api {
    /// The request that sets a new password through a mailed token.
    pub(crate) fn reset(&self, person: &Person, token: &str, password: &str) -> Request {
        let body = json!({"userId": person.id, "newPassword": password, "token": token});
        self.post("/membership/password-reset-confirmations")
            .json(&body)
    }

    /// The request that registers `username`; the caller is still to be named.
    pub(crate) fn registration(&self, tenant: &Tenant, username: &str) -> Request {
        self.post("/membership/registrations").json(&json!({
            "tenantId": tenant.id,
            "email": email_of(username),
            "username": username,
            "password": PASSWORD,
        }))
    }

    pub(crate) async fn sign_in(&self, tenant: &Tenant, username: &str, password: &str) -> Answer {
        let fields = [
            ("grant_type", "password"),
            ("username", username),
            ("tenant", &tenant.short_name),
            ("password", password),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ];
        self.post("/token").form(&fields).send().await
    }

    pub(crate) async fn signed_in(
        &self,
        tenant: &Tenant,
        username: &str,
        password: &str,
    ) -> Person {
        let answer = self
            .sign_in(tenant, username, password)
            .await
            .expect(200)
            .json();
        let text = |member: &str| answer[member].as_str().unwrap().to_owned();
        Person {
            tenant: Tenant {
                id: text("tenant_id"),
                ..tenant.clone()
            },
            id: text("user_id"),
            username: username.to_owned(),
            email: email_of(username),
            token: text("access_token"),
            refresh_token: text("refresh_token"),
        }
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ];
        self.post("/token").form(&fields).send().await
    }

    /// A new tenant, made by the platform's administrator.
    pub(crate) async fn new_tenant(&self, master: &Person, short_name: &str) -> Tenant {
        let body = json!({"name": format!("{short_name} Ltd"), "shortName": short_name});
        self.post("/tenants")
            .bearer(&master.token)
            .json(&body)
            .send()
            .await
            .expect_success();
        let tenants = self.tenants(master).await;
        let of_that_name = |it: &&Value| it["shortName"] == short_name;
        let made = tenants
            .as_array()
            .unwrap()
            .iter()
            .find(of_that_name)
            .unwrap();
        Tenant {
            id: made["tenantId"].as_str().unwrap().to_owned(),
            ..Tenant::named(short_name)
        }
    }

    pub(crate) async fn tenants(&self, master: &Person) -> Value {
        self.get("/tenants")
            .bearer(&master.token)
            .send()
            .await
            .expect(200)
            .json()["tenants"]
            .clone()
    }

    pub(crate) async fn users(&self, caller: &Person, tenant: &Tenant) -> Value {
        let list = self
            .get(format!("/tenants/{}/users", tenant.id))
            .bearer(&caller.token);
        list.send().await.expect(200).json()["users"].clone()
    }
}
