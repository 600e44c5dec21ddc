-- Ids are the 16 bytes of a UUID, moments are microseconds since 1970, truth is 0 or 1, lists have a space between their
-- items.

CREATE TABLE tenants (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name          TEXT NOT NULL,
    short_name    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    database_id   TEXT NOT NULL,
    region        TEXT NOT NULL,
    deployment_id INTEGER NOT NULL,
    platform      INTEGER NOT NULL CHECK (platform IN (0, 1)),
    min_password_length INTEGER CHECK (min_password_length BETWEEN 1 AND 64),
    version       INTEGER NOT NULL,
    UNIQUE (short_name)
) STRICT, WITHOUT ROWID;
-- The platform has one tenant of its own at most.
CREATE UNIQUE INDEX tenants_platform_key ON tenants (platform) WHERE platform = 1;

-- A tenant without a row has the platform's mails.
CREATE TABLE tenant_mail (
    tenant_id      BLOB PRIMARY KEY NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    locale         TEXT,
    sender_name    TEXT,
    sender_address TEXT,
    version        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant_mail_texts (
    tenant_id BLOB NOT NULL REFERENCES tenant_mail (tenant_id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    locale    TEXT NOT NULL,
    part      TEXT NOT NULL CHECK (part IN ('subject', 'message', 'action', 'note')),
    text      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, kind, locale, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    tenant_id       BLOB NOT NULL REFERENCES tenants (id),
    username        TEXT NOT NULL,
    username_key    TEXT NOT NULL,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL,
    email_confirmed INTEGER NOT NULL CHECK (email_confirmed IN (0, 1)),
    password_hash   TEXT,
    enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    epoch           INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    locale          TEXT,
    created_at      INTEGER NOT NULL,
    UNIQUE (tenant_id, username_key),
    UNIQUE (tenant_id, email_key),
    -- What belongs to a user refers to the pair, so that it cannot be of another tenant.
    UNIQUE (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles (
    tenant_id BLOB NOT NULL,
    user_id   BLOB NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (user_id, role),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_roles_holders ON user_roles (tenant_id, role);

CREATE TABLE sessions (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    tenant_id       BLOB NOT NULL,
    user_id         BLOB NOT NULL,
    client_id       TEXT NOT NULL,
    epoch           INTEGER NOT NULL,
    generation      INTEGER NOT NULL,
    -- Newest first.
    rotations       TEXT NOT NULL,
    address_family  TEXT CHECK (address_family IN ('IPv4', 'IPv6')),
    agent           TEXT,
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_end ON sessions (min(idle_expires_at, expires_at));

CREATE TABLE one_time_tokens (
    id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    purpose    TEXT NOT NULL CHECK (purpose IN ('email_confirmation', 'password_reset', 'invitation', 'address_change')),
    tenant_id  BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    email      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);
CREATE INDEX one_time_tokens_end ON one_time_tokens (expires_at);

-- Mail that was asked for, in the words of the request: nothing needs to exist by those names. While a request is
-- leased, due_at is the end of the lease.
CREATE TABLE mail_requests (
    id      BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    form    TEXT NOT NULL CHECK (form IN ('reset_by_email', 'reset_by_username', 'confirmation')),
    tenant  TEXT NOT NULL,
    account TEXT NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    source  TEXT,
    due_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_requests_due ON mail_requests (due_at, id);

-- While an order is leased, due_at is the end of the lease. A purged token leaves its orders behind.
CREATE TABLE mail_orders (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    tenant_id    BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN (
        'confirmation', 'password_reset', 'invitation', 'password_changed', 'address_confirmation', 'address_changed',
        'signed_out'
    )),
    recipient    TEXT NOT NULL,
    token_id     BLOB,
    created_at   INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    last_error   TEXT,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_orders_user ON mail_orders (user_id, created_at);
CREATE INDEX mail_orders_due ON mail_orders (due_at, id) WHERE state = 'waiting';
CREATE INDEX mail_orders_state ON mail_orders (state, created_at);

-- The row of a deleted client stays, so that its id is not given out again.
CREATE TABLE clients (
    id                   TEXT PRIMARY KEY NOT NULL,
    kind                 TEXT NOT NULL CHECK (kind IN ('confidential', 'public')),
    -- One after the other, newest first.
    secret_hashes        BLOB NOT NULL CHECK (length(secret_hashes) IN (0, 32, 64)),
    grants               TEXT NOT NULL,
    refresh_policy       TEXT NOT NULL CHECK (refresh_policy IN ('keep', 'rotate')),
    access_lifetime_ms   INTEGER NOT NULL,
    idle_lifetime_ms     INTEGER NOT NULL,
    absolute_lifetime_ms INTEGER NOT NULL,
    tenants              TEXT NOT NULL,
    origins              TEXT NOT NULL,
    enabled              INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    version              INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    deleted              INTEGER NOT NULL CHECK (deleted IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    id             TEXT PRIMARY KEY NOT NULL,
    algorithm      TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed_private BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    since          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- One key signs and one is next, at most.
CREATE UNIQUE INDEX signing_keys_state_key ON signing_keys (state) WHERE state IN ('current', 'next');

-- How often something was attempted, by a MAC of what it is counted under. Loss of these rows does no harm for long.
CREATE TABLE throttle (
    key        BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    count      INTEGER NOT NULL,
    free_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_end ON throttle (expires_at);

-- Where attempts succeeded before, likewise.
CREATE TABLE familiar_places (
    key        BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX familiar_places_end ON familiar_places (expires_at);

-- Refers to nothing: the record outlives what it records.
CREATE TABLE audit_events (
    id        BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    at        INTEGER NOT NULL,
    action    TEXT NOT NULL,
    actor     TEXT NOT NULL,
    source    TEXT,
    tenant_id BLOB,
    user_id   BLOB,
    detail    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_tenant ON audit_events (tenant_id, at, id);
