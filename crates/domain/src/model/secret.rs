use zeroize::Zeroize;

/// A value that cannot be printed and is wiped when dropped.
///
/// It has no `Debug` and no `Display`, so neither has whatever contains it. Reading it is spelled [`Secret::expose`].
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, to be used and not kept.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value, to be filled in place.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
