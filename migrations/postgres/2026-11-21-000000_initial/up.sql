-- Collation "C" orders and compares keys by code point, as the service and SQLite do.

CREATE TABLE tenants (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    short_name    text COLLATE "C" NOT NULL CONSTRAINT tenants_short_name_key UNIQUE,
    created_at    timestamptz NOT NULL,
    enabled       boolean NOT NULL,
    database_id   text NOT NULL,
    region        text NOT NULL,
    deployment_id integer NOT NULL,
    platform      boolean NOT NULL,
    min_password_length integer CHECK (min_password_length BETWEEN 1 AND 64),
    version       bigint NOT NULL
);
-- The platform has one tenant of its own at most.
CREATE UNIQUE INDEX tenants_platform_key ON tenants (platform) WHERE platform;

-- A tenant without a row has the platform's mails.
CREATE TABLE tenant_mail (
    tenant_id      uuid PRIMARY KEY CONSTRAINT tenant_mail_tenant_fkey REFERENCES tenants ON DELETE CASCADE,
    locale         text,
    sender_name    text,
    sender_address text,
    version        bigint NOT NULL
);

CREATE TABLE tenant_mail_texts (
    tenant_id uuid NOT NULL REFERENCES tenant_mail ON DELETE CASCADE,
    kind      text NOT NULL,
    locale    text NOT NULL,
    part      text NOT NULL CHECK (part IN ('subject', 'message', 'action', 'note')),
    text      text NOT NULL,
    PRIMARY KEY (tenant_id, kind, locale, part)
);

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL CONSTRAINT users_tenant_fkey REFERENCES tenants,
    username        text NOT NULL,
    username_key    text COLLATE "C" NOT NULL,
    email           text NOT NULL,
    email_key       text COLLATE "C" NOT NULL,
    email_confirmed boolean NOT NULL,
    password_hash   text,
    enabled         boolean NOT NULL,
    epoch           bigint NOT NULL,
    version         bigint NOT NULL,
    locale          text,
    created_at      timestamptz NOT NULL,
    CONSTRAINT users_username_key UNIQUE (tenant_id, username_key),
    CONSTRAINT users_email_key UNIQUE (tenant_id, email_key),
    -- What belongs to a user refers to the pair, so that it cannot be of another tenant.
    CONSTRAINT users_tenant_key UNIQUE (tenant_id, id)
);

CREATE TABLE user_roles (
    tenant_id uuid NOT NULL,
    user_id   uuid NOT NULL,
    role      text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX user_roles_holders ON user_roles (tenant_id, role);

CREATE TABLE sessions (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL,
    user_id         uuid NOT NULL,
    client_id       text NOT NULL,
    epoch           bigint NOT NULL,
    generation      bigint NOT NULL,
    -- Newest first.
    rotations       timestamptz[] NOT NULL,
    address_family  text CHECK (address_family IN ('IPv4', 'IPv6')),
    agent           text,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz NOT NULL,
    idle_expires_at timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_end ON sessions (least(idle_expires_at, expires_at));

CREATE TABLE one_time_tokens (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL CHECK (purpose IN ('email_confirmation', 'password_reset', 'invitation', 'address_change')),
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    email      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);
CREATE INDEX one_time_tokens_end ON one_time_tokens (expires_at);

-- Mail that was asked for, in the words of the request: nothing needs to exist by those names. While a request is
-- leased, due_at is the end of the lease.
CREATE TABLE mail_requests (
    id      uuid PRIMARY KEY,
    form    text NOT NULL CHECK (form IN ('reset_by_email', 'reset_by_username', 'confirmation')),
    tenant  text NOT NULL,
    account text NOT NULL,
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    source  text,
    due_at  timestamptz NOT NULL
);
CREATE INDEX mail_requests_due ON mail_requests (due_at, id);

-- While an order is leased, due_at is the end of the lease. A purged token leaves its orders behind.
CREATE TABLE mail_orders (
    id           uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    user_id      uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN (
        'confirmation', 'password_reset', 'invitation', 'password_changed', 'address_confirmation', 'address_changed',
        'signed_out'
    )),
    recipient    text NOT NULL,
    token_id     uuid,
    created_at   timestamptz NOT NULL,
    attempts     bigint NOT NULL,
    due_at       timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    last_error   text,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX mail_orders_user ON mail_orders (user_id, created_at);
CREATE INDEX mail_orders_due ON mail_orders (due_at, id) WHERE state = 'waiting';
CREATE INDEX mail_orders_state ON mail_orders (state, created_at);

-- Grants, tenants and origins are separated by one space. A deleted client stays, so that its id is not given out again.
CREATE TABLE clients (
    id                   text COLLATE "C" CONSTRAINT clients_pkey PRIMARY KEY,
    kind                 text NOT NULL CHECK (kind IN ('confidential', 'public')),
    -- One after the other, newest first.
    secret_hashes        bytea NOT NULL CHECK (octet_length(secret_hashes) IN (0, 32, 64)),
    grants               text NOT NULL,
    refresh_policy       text NOT NULL CHECK (refresh_policy IN ('keep', 'rotate')),
    access_lifetime_ms   bigint NOT NULL,
    idle_lifetime_ms     bigint NOT NULL,
    absolute_lifetime_ms bigint NOT NULL,
    tenants              text NOT NULL,
    origins              text NOT NULL,
    enabled              boolean NOT NULL,
    version              bigint NOT NULL,
    created_at           timestamptz NOT NULL,
    deleted              boolean NOT NULL
);

CREATE TABLE signing_keys (
    id             text PRIMARY KEY,
    algorithm      text NOT NULL,
    state          text NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed_private bytea NOT NULL,
    created_at     timestamptz NOT NULL,
    since          timestamptz NOT NULL
);
-- One key signs at most, and one is next.
CREATE UNIQUE INDEX signing_keys_state_key ON signing_keys (state) WHERE state IN ('current', 'next');

-- How often something was attempted, by a MAC of what it is counted under. Loss of these rows does no harm for long.
CREATE TABLE throttle (
    key        bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    count      bigint NOT NULL,
    free_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX throttle_end ON throttle (expires_at);

-- Where attempts succeeded before, likewise.
CREATE TABLE familiar_places (
    key        bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    expires_at timestamptz NOT NULL
);
CREATE INDEX familiar_places_end ON familiar_places (expires_at);

-- Refers to nothing: the record outlives what it records.
CREATE TABLE audit_events (
    id        uuid PRIMARY KEY,
    at        timestamptz NOT NULL,
    action    text NOT NULL,
    actor     text NOT NULL,
    source    text,
    tenant_id uuid,
    user_id   uuid,
    detail    text
);
CREATE INDEX audit_events_tenant ON audit_events (tenant_id, at, id);
