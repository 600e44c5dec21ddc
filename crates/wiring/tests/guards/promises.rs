//! From promise to proof: the tables of `docs/security.md` name the files whose tests carry a promise's id in their name.
//! `UPDATE_DOCS=1 cargo test -p wiring` writes the names anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use crate::sources::{root, rust_files};

/// The id of a promise, such as `SEC-01`, and the files with a test of it.
type Proofs = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_security_document_names_the_tests_of_every_promise() {
    let file = root().join("docs/security.md");
    let written = fs::read_to_string(&file).unwrap();
    let proofs = proofs();
    let due: String = written
        .lines()
        .map(|line| row(line, &proofs) + "\n")
        .collect();

    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &due).unwrap();
    }
    let now = fs::read_to_string(&file).unwrap();
    assert_eq!(now, due, "run UPDATE_DOCS=1 cargo test -p wiring");
}

#[test]
fn every_promise_of_the_document_has_a_test_and_every_test_a_promise() {
    let document = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let promised: BTreeSet<_> = document.lines().filter_map(id).map(str::to_owned).collect();
    let proved: BTreeSet<_> = proofs().into_keys().collect();

    assert!(promised.contains("SEC-01"), "the tables are found");
    assert_eq!(promised, proved);
}

/// The line as it should be.
fn row(line: &str, proofs: &Proofs) -> String {
    let Some(id) = id(line) else {
        return line.to_owned();
    };
    let promise = line.split('|').nth(2).unwrap_or_default().trim();
    let files: Vec<_> = proofs
        .get(id)
        .into_iter()
        .flatten()
        .map(|file| format!("`{file}`"))
        .collect();
    format!("| {id} | {promise} | {} |", files.join(", "))
}

/// The id of the promise that a line of a table is about.
fn id(line: &str) -> Option<&str> {
    let id = line.strip_prefix("| ")?.split(' ').next()?;
    let (kind, number) = id.split_once('-')?;
    (matches!(kind, "SEC" | "REL") && number.parse::<u8>().is_ok()).then_some(id)
}

fn proofs() -> Proofs {
    let crates = root().join("crates");
    let mut proofs = Proofs::new();
    for path in rust_files(&crates) {
        let name = path.strip_prefix(&crates).unwrap();
        let name = name.with_extension("").display().to_string();
        for promise in fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter_map(tested)
        {
            proofs.entry(promise).or_default().insert(name.clone());
        }
    }
    proofs
}

/// `SEC-01` for a line that begins a function such as `sec_01_the_whole_password_counts`.
fn tested(line: &str) -> Option<String> {
    let (before, name) = line.split_once("fn ")?;
    let declares = ["", "pub", "pub(crate)", "pub(super)", "async"];
    if !before
        .split_whitespace()
        .all(|word| declares.contains(&word))
    {
        return None;
    }
    let (kind, rest) = name.split_once('_')?;
    let (number, _) = rest.split_once('_')?;
    let named = matches!(kind, "sec" | "rel") && number.len() == 2;
    (named && number.parse::<u8>().is_ok())
        .then(|| format!("{}-{number}", kind.to_ascii_uppercase()))
}
