//! The tables of `migrations/postgres`.

diesel::table! {
    tenants (id) {
        id -> Uuid,
        name -> Text,
        short_name -> Text,
        created_at -> Timestamptz,
        enabled -> Bool,
        database_id -> Text,
        region -> Text,
        deployment_id -> Integer,
        platform -> Bool,
        min_password_length -> Nullable<Integer>,
        version -> BigInt,
    }
}

diesel::table! {
    tenant_mail (tenant_id) {
        tenant_id -> Uuid,
        locale -> Nullable<Text>,
        sender_name -> Nullable<Text>,
        sender_address -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    tenant_mail_texts (tenant_id, kind, locale, part) {
        tenant_id -> Uuid,
        kind -> Text,
        locale -> Text,
        part -> Text,
        text -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        username -> Text,
        username_key -> Text,
        email -> Text,
        email_key -> Text,
        email_confirmed -> Bool,
        password_hash -> Nullable<Text>,
        enabled -> Bool,
        epoch -> BigInt,
        version -> BigInt,
        locale -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        tenant_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        user_id -> Uuid,
        client_id -> Text,
        epoch -> BigInt,
        generation -> BigInt,
        rotations -> Array<Timestamptz>,
        address_family -> Nullable<Text>,
        agent -> Nullable<Text>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        idle_expires_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    one_time_tokens (id) {
        id -> Uuid,
        purpose -> Text,
        tenant_id -> Uuid,
        user_id -> Uuid,
        email -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    mail_requests (id) {
        id -> Uuid,
        form -> Text,
        tenant -> Text,
        account -> Text,
        at -> Timestamptz,
        actor -> Text,
        source -> Nullable<Text>,
        due_at -> Timestamptz,
    }
}

diesel::table! {
    mail_orders (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        recipient -> Text,
        token_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        attempts -> BigInt,
        due_at -> Timestamptz,
        state -> Text,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        kind -> Text,
        secret_hashes -> Bytea,
        grants -> Text,
        refresh_policy -> Text,
        access_lifetime_ms -> BigInt,
        idle_lifetime_ms -> BigInt,
        absolute_lifetime_ms -> BigInt,
        tenants -> Text,
        origins -> Text,
        enabled -> Bool,
        version -> BigInt,
        created_at -> Timestamptz,
        deleted -> Bool,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        algorithm -> Text,
        state -> Text,
        sealed_private -> Bytea,
        created_at -> Timestamptz,
        since -> Timestamptz,
    }
}

diesel::table! {
    throttle (key) {
        key -> Bytea,
        count -> BigInt,
        free_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    familiar_places (key) {
        key -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Uuid,
        at -> Timestamptz,
        action -> Text,
        actor -> Text,
        source -> Nullable<Text>,
        tenant_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        detail -> Nullable<Text>,
    }
}

diesel::joinable!(users -> tenants (tenant_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(sessions -> clients (client_id));
diesel::joinable!(tenant_mail_texts -> tenant_mail (tenant_id));
diesel::allow_tables_to_appear_in_same_query!(tenant_mail, tenant_mail_texts);
diesel::allow_tables_to_appear_in_same_query!(clients, sessions, tenants, user_roles, users);
