//! The table of all settings: name, type, parser, default, meaning.
//!
//! `config/default.toml` is generated from it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use adapters_crypto::Algorithm;
use adapters_smtp::{HelloName, Letters};
use domain::model::{
    ClientId, Email, EmailDomain, Locale, Rate, RoleName, Secret, ShortName, Username,
};
use ipnet::IpNet;
use url::Url;

use super::{
    keys::{Default, Key, Reader, Section, settings},
    kinds::{Generation, LogFormat, MigrationMode, WorkerMode},
    parse::{
        base_url, bytes, choice, delay, duration, flag, int, list, log_filter, name, network,
        parsed, password, path, secret, socket, support_desk_secret, text,
    },
    url::{database_url, mail_url, sender},
};

settings! {
    /// The public HTTP listener.
    server: Server {
        /// Address and port; `[::]:8080` for both IP versions.
        bind: SocketAddr = socket, default "0.0.0.0:8080";
        /// Where people and programs reach the service: origin of links and issuer of tokens.
        public_url: Url = base_url, derived "http://localhost:<port of server.bind> on the embedded default, else required";
        /// Threads that answer requests.
        workers: usize = int(1..=512), derived "the number of processors, at most 4";
        /// How long a client may take to send the head of a request, and a new connection may be silent.
        head_timeout: Duration = duration, default "5s";
        /// Deadline of one request, of which its body may take two thirds.
        request_timeout: Duration = duration, default "15s";
        /// Largest request body.
        body_limit: usize = bytes, default "256KiB";
        /// How long a client may take to accept an answer, from when it first does not.
        write_timeout: Duration = duration, default "30s";
        /// Connections of one worker at a time. More wait to be accepted.
        max_connections: usize = int(1..=1_000_000), default 4096;
        /// Connections of one peer at a time: of an address, or of an IPv6 network of 64 bits. More are closed. The proxies
        /// of `trusted_proxies` have no such limit.
        max_connections_per_peer: usize = int(1..=1_000_000), default 1024;
        /// How long an idle connection is kept. Longer than the idle timeout of the proxy in front.
        keep_alive: Duration = duration, default "65s";
        /// Networks of the proxies whose `X-Forwarded-For` header is believed, in CIDR notation.
        trusted_proxies: Vec<IpNet> = list(network), default (Vec::<&str>::new());
        /// Which generation of clients decides the success codes where the two disagree:
        /// `auto` tells them apart by the request, `newer` and `older` follow one document to the letter.
        generation: Generation = choice([("auto", Generation::Auto), ("newer", Generation::Newer), ("older", Generation::Older)]), default "auto";
    }

    /// The way to a clean end.
    shutdown: Shutdown {
        /// How long requests are still accepted after readiness has been withdrawn.
        drain_delay: Duration = delay, derived "5s; none on the embedded default";
        /// How long running requests may then take.
        timeout: Duration = duration, default "25s";
    }

    /// The listener for operations, never to be reachable from outside.
    management: Management {
        /// Address and port of the probes.
        bind: SocketAddr = socket, default "0.0.0.0:9090";
    }

    /// The database: PostgreSQL or SQLite.
    database: Database {
        /// `postgres://user:password@host/name?sslmode=verify-full` or `sqlite://path`.
        url: Secret<String> = database_url, derived "sqlite://data/membership.db, the embedded default", secret;
        /// For migrations: a role that may change the schema, direct and not through a pooler.
        migration_url: Secret<String> = database_url, derived "database.url", secret;
        /// Most connections of this process.
        pool_max: u32 = int(1..=1000), default 10;
        /// Connections kept open when idle.
        pool_min: u32 = int(0..=1000), default 1;
        /// Longest wait for a free connection.
        acquire_timeout: Duration = duration, default "3s";
        /// Longest run of one statement.
        statement_timeout: Duration = duration, default "5s";
        /// Longest wait for a row lock.
        lock_timeout: Duration = duration, default "2s";
        /// Longest pause inside a transaction.
        idle_in_tx_timeout: Duration = duration, default "10s";
        /// Whether statements are prepared once per connection. `false` behind PgBouncer before 1.21 in transaction mode.
        statement_cache: bool = flag, default true;
    }

    /// Who brings the schema up to date.
    migrations: Migrations {
        /// `startup`: every start of the server; `none`: `membership migrate` alone.
        mode: MigrationMode = choice([("startup", MigrationMode::Startup), ("none", MigrationMode::None)]), derived "startup on SQLite, none on PostgreSQL";
        /// Longest wait for another process that migrates.
        lock_timeout: Duration = duration, default "10m";
    }

    /// The log, on standard error.
    log: Log {
        /// `json`, one object a line, or `text`.
        format: LogFormat = choice([("json", LogFormat::Json), ("text", LogFormat::Text)]), derived "json; text on the embedded default";
        /// `error`, `warn`, `info`, `debug` or `trace`.
        level: tracing::Level = choice([
            ("error", tracing::Level::ERROR), ("warn", tracing::Level::WARN), ("info", tracing::Level::INFO),
            ("debug", tracing::Level::DEBUG), ("trace", tracing::Level::TRACE),
        ]), default "info";
        /// Levels by target, like `domain=debug,actix_web=warn`; goes before log.level.
        filter: Option<String> = log_filter, optional "log.level for every target";
    }

    /// Outgoing mail. Orders are stored with their cause and delivered by a worker.
    mail: Mail {
        /// `smtps://user:password@host`, `smtp://host` (STARTTLS is required unless `?tls=none` on a loopback host),
        /// or `mailbox://folder`, which writes one .eml file per message.
        url: Secret<String> = mail_url, default "mailbox://data/mailbox", secret;
        /// The sender: `address` or `Name <address>`.
        from: String = sender, derived "membership@localhost for a mailbox, else required";
        /// Domains that the mails of a tenant may come from, written in full: `acme.example` does not stand for
        /// `mail.acme.example`. Every tenant may send from each of them; without any, all mail is from `from`.
        sender_domains: Vec<EmailDomain> = list(name), default (Vec::<&str>::new());
        /// What the service calls itself to a mail server: a host name, or an address in brackets.
        hello_name: Option<HelloName> = parsed, optional "the domain of the sender";
        /// Deadline of one delivery.
        timeout: Duration = duration, default "10s";
        /// Deliveries of one process at a time.
        concurrency: u32 = int(1..=64), default 1;
        /// Most mails that one process begins to deliver in a second; 0 for any number.
        rate: u32 = int(0..=1000), default 0;
        /// Attempts before a message is set aside.
        max_attempts: u32 = int(1..=100), default 8;
        /// How long a worker has a message for itself.
        lease: Duration = duration, default "1m";
        /// How long the record of a finished message is kept.
        retention: Duration = duration, default "30d";
        /// How many mails with a link one account gets in `per_account_window`: so many with a reset link, so many with a
        /// confirmation link, so many to prove a new address. Further requests are answered alike and send nothing.
        per_account: u32 = int(1..=1_000), default 3;
        /// See `per_account`.
        per_account_window: Duration = duration, default "15m";
    }

    /// What mails and pages say.
    texts: Texts {
        /// The language of readers who ask for none: `en`, `de`, `fr`, or one of the folder's.
        locale: Locale = name, default "en";
        /// A folder with other words, other languages and other layouts of mails; see docs/operations/mail.md.
        folder: Option<PathBuf> = path, optional "the built-in words alone";
    }

    /// The mail worker.
    worker: Worker {
        /// `embedded`: inside the server; `off`: this process delivers nothing.
        mode: WorkerMode = choice([("embedded", WorkerMode::Embedded), ("off", WorkerMode::Off)]), default "embedded";
    }

    /// Single sign-on at the support desk.
    zendesk: Zendesk {
        /// The shared secret of the single sign-on configuration.
        secret: Option<Secret<String>> = support_desk_secret, optional "none: no support desk", secret;
        /// Whether only people with a confirmed address may sign in there.
        require_confirmed_email: bool = flag, default true;
        /// Whether the token names the person's tenant as the organization there.
        organization: bool = flag, default false;
    }

    /// The keys that every other secret depends on.
    keys: Keys {
        /// File with the master key ring. Its first entry seals and derives, all of them verify. What changes in it is
        /// taken up while the service runs.
        master_file: PathBuf = path, derived "data/keys/master, generated, on the embedded default, else required";
    }

    /// Access tokens.
    access_token: AccessToken {
        /// `ES256`, `EdDSA` or `RS256`.
        algorithm: Algorithm = parsed, default "ES256";
        /// How long those of a new client are good, unless it is made with another lifetime; a minute to a day.
        lifetime: Duration = duration, default "10m";
        /// How long a key signs before the next one does; at least an hour.
        key_rotation: Duration = duration, default "90d";
    }

    /// How long the sessions of a new client last, unless it is made with other lifetimes.
    session: Session {
        /// Without use.
        idle: Duration = duration, default "30d";
        /// However much they are used.
        absolute: Duration = duration, default "365d";
    }

    /// The writing operations that are open to everybody by contract; `false` asks for authority.
    access: Access {
        /// Ending a user's sessions without a token.
        anonymous_sign_out: bool = flag, default true;
        /// Asking for a confirmation mail without a token.
        anonymous_confirmation_request: bool = flag, default true;
        /// Initialising a new instance without a token.
        anonymous_initialize: bool = flag, default true;
    }

    /// Limits of guessing and of what is open to everybody, counted in the database for all replicas together; a rate is
    /// `20/min`, `10/h` or `3/15min`. docs/operations/limits.md.
    ratelimit: RateLimit {
        /// Passwords that may be tried at one account, from wherever nobody signed in to it before, and for themselves from
        /// each client and network where somebody did. The wait for one more then doubles each time, from 5 seconds to
        /// 15 minutes, until a right one, or no try for as long as the rate says and half an hour at least. The secret of
        /// one client, shown from one address, has the same limit.
        per_account: Rate = name, default "10/h";
        /// Wrong passwords from one address (IPv6: one /64).
        login_per_ip: Rate = name, default "20/min";
        /// Calls without authority that end one user's sessions; those that ask for one user's confirmation mail.
        anonymous_per_user: Rate = name, default "5/h";
        /// The same calls from one address (IPv6: one /64), requests to reset a password, and to initialise again.
        anonymous_per_ip: Rate = name, default "20/min";
    }

    /// The first tenant, its administrator and the first client, made once by initialisation.
    bootstrap: Bootstrap {
        /// The tenant's name, for people.
        tenant_name: String = text, default "Platform";
        /// The tenant's short name, for sign-in forms.
        tenant: ShortName = name, default "platform";
        /// The administrator's user name.
        username: Username = name, default "admin";
        /// The administrator's address.
        email: Email = name, default "admin@localhost";
        /// The administrator's password.
        password: Option<Secret<String>> = password, optional "generated and shown once on the embedded default, else an invitation by mail", secret;
        /// The client's id.
        client_id: ClientId = name, default "canopy";
        /// The client's secret.
        client_secret: Option<Secret<String>> = secret, optional "generated and shown once on the embedded default", secret;
        /// Whether the server initialises at start instead of waiting for `POST /membership/initialize`.
        on_start: bool = flag, derived "true on the embedded default, else false";
    }

    /// Passwords and their hashing.
    password: Password {
        /// Work factor of new hashes; one more doubles the time.
        bcrypt_cost: Option<u32> = int(10..=16), optional "measured for about 100 ms on the embedded default, else 12";
        /// Threads that hash, at the lowest priority.
        hash_threads: usize = int(1..=1024), derived "the number of processors";
        /// Sign-ins that may wait for them; more are refused for the moment.
        queue: usize = int(1..=100_000), default 64;
        /// How long one may wait. Who would wait longer is refused at once.
        queue_timeout: Duration = duration, default "2s";
        /// Shortest new password, in code points.
        min_length: usize = int(8..=64), default 15;
    }

    /// Roles.
    roles: Roles {
        /// The roles that exist. `Administrator` and `TenantAdministrator` always do.
        catalogue: Vec<RoleName> = list(name), default (vec!["Administrator", "TenantAdministrator", "Support", "User"]);
    }

    /// How long finished things are kept.
    retention: Retention {
        /// Sessions that have ended.
        sessions: Duration = duration, default "30d";
    }
}
