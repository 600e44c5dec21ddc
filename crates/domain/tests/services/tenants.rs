use domain::{
    Error,
    model::{NewTenant, TenantChange, TenantId},
};
use uuid::Uuid;

use crate::lab::{Lab, PASSWORD, anonymous};

fn named(short_name: &str) -> NewTenant {
    NewTenant {
        name: "Some".to_owned(),
        short_name: short_name.to_owned(),
        ..NewTenant::default()
    }
}

#[tokio::test]
async fn a_tenant_is_made_changed_and_deleted_by_platform_administrators_alone() {
    let lab = Lab::new().await;
    let (admin, tenants) = (lab.admin().await, &lab.membership.tenants);
    let acme = tenants.create(&admin, named("acme")).await.unwrap();
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let globex = tenants.create(&admin, named("globex")).await.unwrap();
    let renamed = TenantChange {
        name: Some("New".to_owned()),
        ..TenantChange::default()
    };

    for actor in [&owner, &anonymous()] {
        assert!(tenants.all(actor).await.is_err());
        assert!(tenants.create(actor, named("third")).await.is_err());
        assert!(
            tenants
                .change(actor, acme.id, renamed.clone())
                .await
                .is_err()
        );
        assert!(tenants.delete(actor, globex.id).await.is_err());
    }
    assert!(tenants.one(&owner, acme.id).await.is_ok());
    assert!(matches!(
        tenants.one(&owner, globex.id).await,
        Err(Error::Forbidden)
    ));

    tenants.change(&admin, acme.id, renamed).await.unwrap();
    tenants.delete(&admin, globex.id).await.unwrap();

    let all = tenants.all(&admin).await.unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|tenant| (tenant.short_name.as_str(), tenant.name.as_str()))
        .collect();
    assert_eq!(names, [("acme", "New"), ("platform", "Platform")]);
}

#[tokio::test]
async fn a_tenant_with_users_and_the_platforms_own_stay() {
    let lab = Lab::new().await;
    let (admin, tenants) = (lab.admin().await, &lab.membership.tenants);
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let disabled = TenantChange {
        enabled: Some(false),
        ..TenantChange::default()
    };

    assert!(matches!(
        tenants.delete(&admin, acme.id).await,
        Err(Error::Conflict(_))
    ));
    assert!(matches!(
        tenants.delete(&admin, lab.platform.id).await,
        Err(Error::Conflict(_))
    ));
    assert!(matches!(
        tenants.change(&admin, lab.platform.id, disabled).await,
        Err(Error::Conflict(_))
    ));
    let nowhere = TenantId::from_uuid(Uuid::from_u128(1));
    assert!(matches!(
        tenants.delete(&admin, nowhere).await,
        Err(Error::NotFound("tenant"))
    ));
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn unusable_values_are_refused() {
    let lab = Lab::new().await;
    let (admin, tenants) = (lab.admin().await, &lab.membership.tenants);

    for new in [
        named(""),
        named("with space"),
        NewTenant {
            name: " ".to_owned(),
            ..named("acme")
        },
        NewTenant {
            region: Some("moon".to_owned()),
            ..named("acme")
        },
        NewTenant {
            database_id: Some("a\nb".to_owned()),
            ..named("acme")
        },
    ] {
        assert!(matches!(
            tenants.create(&admin, new).await,
            Err(Error::Invalid { .. })
        ));
    }
    assert!(matches!(
        tenants.create(&admin, named("Platform")).await,
        Err(Error::Conflict(_))
    ));
}
