//! SEC-29: what is taken from a person bites on refresh at once, and on access tokens within moments, on every replica.

use std::time::Duration;

use serde_json::json;

use crate::{
    answer::Answer,
    app::Api,
    home::{Backend, Home},
    people::{PASSWORD, Person, Tenant},
    replicas::Replicas,
};

/// What SEC-29 allows.
const WITHIN: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Two replicas, and a person with a role whom both know.
struct Scene {
    here: Api,
    there: Api,
    master: Person,
    acme: Tenant,
    anna: Person,
    bert: Person,
}

impl Scene {
    async fn of(replicas: &Replicas<'_>) -> Self {
        let [here, there] = replicas.apis().try_into().ok().expect("two replicas");
        let master = replicas.master.clone();
        let acme = here.new_tenant(&master, "acme").await;
        for name in ["anna", "bert"] {
            let registration = here.registration(&acme, name).bearer(&master.token);
            registration.send().await.expect_success();
        }
        let scene = Self {
            here,
            there,
            master,
            anna: here.signed_in(&acme, "anna", PASSWORD).await,
            bert: here.signed_in(&acme, "bert", PASSWORD).await,
            acme,
        };
        for person in [&scene.anna, &scene.bert] {
            scene.set_role(person, true).await;
        }
        for api in [here, there] {
            scene.look_at_bert(&api).await.expect(200);
        }
        scene
    }

    async fn set_role(&self, person: &Person, held: bool) {
        let change = json!({"role": "TenantAdministrator", "isEnabled": held});
        let request = self.here.put(person.at("roles")).json(&change);
        let request = request.bearer(&self.master.token);
        request.send().await.expect_success();
    }

    /// What any member of the tenant may do.
    async fn list(&self, api: &Api) -> Answer {
        let path = format!("/tenants/{}/users", self.acme.id);
        api.get(path).bearer(&self.anna.token).send().await
    }

    /// What the role allows.
    async fn look_at_bert(&self, api: &Api) -> Answer {
        let path = self.bert.at("roles");
        api.get(path).bearer(&self.anna.token).send().await
    }

    /// Waits until the other replica answers a request with `status`, as long as it may take.
    async fn there_soon(&self, status: u16, request: impl AsyncFn() -> Answer) {
        let waiting = async {
            while request().await.status != status {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let noticed = tokio::time::timeout(WITHIN, waiting).await;
        assert!(noticed.is_ok(), "the other replica goes on as before");
    }
}

#[tokio::test]
async fn sec_29_a_role_that_is_taken_is_gone_on_every_replica() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let scene = Scene::of(&replicas).await;

    scene.set_role(&scene.anna, false).await;

    scene.look_at_bert(&scene.here).await.expect(403);
    scene
        .there_soon(403, async || scene.look_at_bert(&scene.there).await)
        .await;
    scene.list(&scene.there).await.expect(200);
}

#[tokio::test]
async fn sec_29_ended_sessions_are_over_on_every_replica() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let scene = Scene::of(&replicas).await;
    scene
        .there
        .refresh(&scene.anna.refresh_token)
        .await
        .expect(200);

    let end = scene.here.delete(scene.anna.at("refresh-tokens"));
    end.send().await.expect_success();

    let refused = scene.there.refresh(&scene.anna.refresh_token).await;
    refused.expect_oauth_error(400, "invalid_grant");
    scene.list(&scene.here).await.expect(401);
    scene
        .there_soon(401, async || scene.list(&scene.there).await)
        .await;
}

#[tokio::test]
async fn sec_29_one_ended_session_is_over_on_every_replica_and_the_others_go_on() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let scene = Scene::of(&replicas).await;
    let other = scene.there.signed_in(&scene.acme, "anna", PASSWORD).await;

    let path = format!("/sessions/{}/{}", scene.acme.id, scene.anna.id);
    let sessions = scene.here.get(&path).bearer(&scene.anna.token);
    let sessions = sessions.send().await.expect(200).json();
    let sessions = sessions["sessions"].as_array().unwrap();
    let own = sessions.iter().find(|it| it["current"] == true).unwrap();
    let path = format!("{path}/{}", own["sessionId"].as_str().unwrap());
    let end = scene.here.delete(path).bearer(&scene.anna.token);
    end.send().await.expect_success();

    let refused = scene.there.refresh(&scene.anna.refresh_token).await;
    refused.expect_oauth_error(400, "invalid_grant");
    scene
        .there_soon(401, async || scene.list(&scene.there).await)
        .await;
    scene.there.refresh(&other.refresh_token).await.expect(200);
}

#[tokio::test]
async fn sec_29_a_disabled_tenant_is_shut_on_every_replica() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let scene = Scene::of(&replicas).await;
    scene
        .there
        .refresh(&scene.anna.refresh_token)
        .await
        .expect(200);

    let disable = scene.here.put(format!("/tenants/{}", scene.acme.id));
    let disable = disable.bearer(&scene.master.token);
    let disable = disable.json(&json!({"isEnabled": false}));
    disable.send().await.expect_success();

    let refused = scene.there.refresh(&scene.anna.refresh_token).await;
    refused.expect_oauth_error(400, "invalid_grant");
    scene.list(&scene.here).await.expect(401);
    scene
        .there_soon(401, async || scene.list(&scene.there).await)
        .await;
}
