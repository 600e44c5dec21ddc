/// Keys in order of preference, at least one: the first makes, all check.
pub(crate) struct Ring<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> Ring<T> {
    /// `None` without any key.
    pub(crate) fn new(keys: Vec<T>) -> Option<Self> {
        let mut keys = keys.into_iter();
        Some(Self {
            first: keys.next()?,
            rest: keys.collect(),
        })
    }

    pub(crate) fn of(only: T) -> Self {
        Self {
            first: only,
            rest: Vec::new(),
        }
    }

    pub(crate) fn first(&self) -> &T {
        &self.first
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    pub(crate) fn map<U>(&self, make: impl Fn(&T) -> U) -> Ring<U> {
        Ring {
            first: make(&self.first),
            rest: self.rest.iter().map(make).collect(),
        }
    }
}
