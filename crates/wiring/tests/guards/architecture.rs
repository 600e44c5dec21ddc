//! Guards of the architecture: who may depend on whom, and what a file may look like.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package};

use crate::sources::{root, rust_files};

/// What each crate of the workspace may use of the others in what it ships.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("adapters-postgres", &["domain"]),
    ("adapters-sqlite", &["domain"]),
    ("adapters-crypto", &["domain"]),
    ("adapters-smtp", &["domain", "wording"]),
    ("adapter-zendesk", &["domain"]),
    (
        "wiring",
        &[
            "adapter-zendesk",
            "adapters-crypto",
            "adapters-postgres",
            "adapters-smtp",
            "adapters-sqlite",
            "domain",
            "wording",
        ],
    ),
    ("api-actix", &["domain", "wiring", "wording"]),
    ("jobs", &["domain", "wiring"]),
    ("testkit", &["domain"]),
    ("wording", &["domain"]),
    ("bench", &["testkit"]),
];

/// Libraries that only some crates may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("diesel", &["adapters-postgres", "adapters-sqlite"]),
    (
        "diesel_migrations",
        &["adapters-postgres", "adapters-sqlite"],
    ),
    ("actix-web", &["api-actix"]),
    ("lettre", &["adapters-smtp"]),
    ("bcrypt", &["adapters-crypto"]),
    ("config", &["wiring"]),
];

const LONGEST_FILE: usize = 400;

#[test]
fn dependencies_point_inward() {
    let metadata = metadata();
    let members: BTreeSet<_> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let listed: BTreeSet<_> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(members, listed, "every crate has its place in the table");

    for package in metadata.workspace_packages() {
        let allowed = allowed(EDGES, &package.name);
        for name in shipped_dependencies(package).filter(|name| members.contains(*name)) {
            assert!(
                allowed.contains(&name),
                "{} must not depend on {name}",
                package.name
            );
        }
    }
}

#[test]
fn tests_may_use_the_testkit_and_what_their_crate_may_use() {
    for package in metadata().workspace_packages() {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Development)
        {
            let ours = EDGES.iter().any(|(name, _)| *name == dependency.name);
            let allowed = dependency.name == "testkit"
                || allowed(EDGES, &package.name).contains(&dependency.name.as_str());
            assert!(
                !ours || allowed,
                "tests of {} must not use {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn reserved_libraries_are_named_only_where_they_belong() {
    for package in metadata().workspace_packages() {
        for (library, owners) in RESERVED {
            let named = package
                .dependencies
                .iter()
                .any(|dependency| dependency.name == *library);
            assert!(
                !named || owners.contains(&package.name.as_str()),
                "{} names {library}",
                package.name
            );
        }
        let actix = package
            .dependencies
            .iter()
            .find(|dependency| dependency.name.starts_with("actix"));
        assert!(
            actix.is_none() || package.name.as_str() == "api-actix",
            "{} names an actix crate",
            package.name
        );
    }
}

#[test]
fn the_domain_reaches_no_framework_no_database_and_no_runtime() {
    let reached = reached_from(&metadata(), "domain");

    assert!(reached.contains("uuid"), "the walk finds what is there");
    for library in [
        "diesel",
        "actix-web",
        "actix-rt",
        "lettre",
        "reqwest",
        "hyper",
        "tokio",
        "config",
    ] {
        assert!(!reached.contains(library), "domain reaches {library}");
    }
}

#[test]
fn the_two_storage_crates_have_the_same_files() {
    let names = |name: &str| -> BTreeSet<PathBuf> {
        let folder = root().join("crates").join(name).join("src");
        rust_files(&folder)
            .iter()
            .map(|file| file.strip_prefix(&folder).unwrap().to_owned())
            .collect()
    };

    assert_eq!(names("adapters-postgres"), names("adapters-sqlite"));
}

#[test]
fn every_source_file_is_short() {
    let files = rust_files(&root().join("crates"));
    assert!(files.len() > 30, "the walk finds the sources");

    let long: Vec<_> = files
        .iter()
        .map(|file| (file, fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines >= LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "of {LONGEST_FILE} lines or more: {long:?}");
}

#[test]
fn every_migration_has_both_directions_on_both_databases() {
    let postgres = migrations("postgres");

    assert!(!postgres.is_empty());
    assert_eq!(postgres, migrations("sqlite"));
}

/// The names of a database's migrations.
fn migrations(database: &str) -> BTreeSet<String> {
    let folder = root().join("migrations").join(database);
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let migrations: BTreeMap<_, _> = entries
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    for (name, path) in &migrations {
        for direction in ["up.sql", "down.sql"] {
            assert!(
                path.join(direction).is_file(),
                "{database}/{name} has no {direction}"
            );
        }
    }
    migrations.into_keys().collect()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked", "--offline", "--filter-platform=host-tuple"].map(str::to_owned))
        .exec()
        .unwrap()
}

fn allowed<'a>(table: &'a [(&str, &[&'a str])], name: &str) -> &'a [&'a str] {
    table
        .iter()
        .find(|(owner, _)| *owner == name)
        .map_or(&[], |(_, allowed)| allowed)
}

fn shipped_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    let shipped = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development);
    shipped.map(|dependency| dependency.name.as_str())
}

/// The names of all packages in the normal dependency tree of `start`.
fn reached_from(metadata: &Metadata, start: &str) -> BTreeSet<String> {
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .as_ref()
        .unwrap()
        .nodes
        .iter()
        .map(|node| (&node.id, node))
        .collect();
    let mut ahead = vec![
        &metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == start)
            .unwrap()
            .id,
    ];
    let mut seen = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if seen.insert(id) {
            let normal = |dependency: &&cargo_metadata::NodeDep| {
                dependency
                    .dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            };
            ahead.extend(
                nodes[id]
                    .deps
                    .iter()
                    .filter(normal)
                    .map(|dependency| &dependency.pkg),
            );
        }
    }
    seen.iter()
        .map(|id| metadata[*id].name.to_string())
        .collect()
}

#[test]
fn sec_46_dependencies_are_pinned_and_the_gate_checks_their_licences_and_sources() {
    let file = |name: &str| fs::read_to_string(root().join(name)).unwrap();

    assert!(file("Cargo.lock").contains("name = \"diesel\""));
    assert!(file("test").contains("--locked"));
    assert!(file(".ci/run").contains("check bans licenses sources"));
    assert!(file("deny.toml").contains("[licenses]"));
}
