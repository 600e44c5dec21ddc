//! The rules. Plain structs over ports.
/// All services.
pub struct Membership;
/// x
pub struct Policy;
/// x
pub struct Ports;
