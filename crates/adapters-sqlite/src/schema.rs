//! The tables of `migrations/sqlite`.

diesel::table! {
    tenants (id) {
        id -> Binary,
        name -> Text,
        short_name -> Text,
        created_at -> BigInt,
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
        tenant_id -> Binary,
        locale -> Nullable<Text>,
        sender_name -> Nullable<Text>,
        sender_address -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    tenant_mail_texts (tenant_id, kind, locale, part) {
        tenant_id -> Binary,
        kind -> Text,
        locale -> Text,
        part -> Text,
        text -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        tenant_id -> Binary,
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
        created_at -> BigInt,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        tenant_id -> Binary,
        user_id -> Binary,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        tenant_id -> Binary,
        user_id -> Binary,
        client_id -> Text,
        epoch -> BigInt,
        generation -> BigInt,
        rotations -> Text,
        address_family -> Nullable<Text>,
        agent -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        idle_expires_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    one_time_tokens (id) {
        id -> Binary,
        purpose -> Text,
        tenant_id -> Binary,
        user_id -> Binary,
        email -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mail_requests (id) {
        id -> Binary,
        form -> Text,
        tenant -> Text,
        account -> Text,
        at -> BigInt,
        actor -> Text,
        source -> Nullable<Text>,
        due_at -> BigInt,
    }
}

diesel::table! {
    mail_orders (id) {
        id -> Binary,
        tenant_id -> Binary,
        user_id -> Binary,
        kind -> Text,
        recipient -> Text,
        token_id -> Nullable<Binary>,
        created_at -> BigInt,
        attempts -> BigInt,
        due_at -> BigInt,
        state -> Text,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        kind -> Text,
        secret_hashes -> Binary,
        grants -> Text,
        refresh_policy -> Text,
        access_lifetime_ms -> BigInt,
        idle_lifetime_ms -> BigInt,
        absolute_lifetime_ms -> BigInt,
        tenants -> Text,
        origins -> Text,
        enabled -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        deleted -> Bool,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        algorithm -> Text,
        state -> Text,
        sealed_private -> Binary,
        created_at -> BigInt,
        since -> BigInt,
    }
}

diesel::table! {
    throttle (key) {
        key -> Binary,
        count -> BigInt,
        free_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    familiar_places (key) {
        key -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Binary,
        at -> BigInt,
        action -> Text,
        actor -> Text,
        source -> Nullable<Text>,
        tenant_id -> Nullable<Binary>,
        user_id -> Nullable<Binary>,
        detail -> Nullable<Text>,
    }
}

diesel::joinable!(users -> tenants (tenant_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(sessions -> clients (client_id));
diesel::joinable!(tenant_mail_texts -> tenant_mail (tenant_id));
diesel::allow_tables_to_appear_in_same_query!(tenant_mail, tenant_mail_texts);
diesel::allow_tables_to_appear_in_same_query!(clients, sessions, tenants, user_roles, users);
