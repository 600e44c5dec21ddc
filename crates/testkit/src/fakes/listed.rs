use domain::ports::CommonPasswords;

/// A list of one common password.
pub struct ListedPasswords;

impl ListedPasswords {
    /// The password on the list.
    pub const COMMON: &str = "a common password";
}

impl CommonPasswords for ListedPasswords {
    fn contains(&self, text: &str) -> bool {
        text == Self::COMMON
    }
}
