//! Makes the filter of common passwords from a list with one to a line:
//! `cargo run --release -p adapters-crypto --example compile_common_passwords < LIST > FILTER`

use std::{
    error::Error,
    io::{BufRead as _, Write as _, stdin, stdout},
};

use adapters_crypto::CommonPasswordFilter;

fn main() -> Result<(), Box<dyn Error>> {
    let lines: Vec<String> = stdin().lock().lines().collect::<Result<_, _>>()?;
    let filter = CommonPasswordFilter::compile(lines.into_iter())?;
    Ok(stdout().write_all(&filter)?)
}
