//! The contract of the storage ports, as cases over [`Store`] that every store passes.
//!
//! A case gets a fresh store and uses its ports alone. It is listed in [`conformance!`](crate::conformance!).

#![expect(missing_docs, reason = "a case says in its name what it shows")]

pub mod audit;
pub mod client_changes;
pub mod clients;
pub mod key_ends;
pub mod last_administrators;
pub mod mail_limits;
pub mod mail_requests;
pub mod mail_settings;
pub mod one_time_tokens;
pub mod outbox;
pub mod redemption;
pub mod roles;
mod scene;
pub mod session_ends;
pub mod session_refresh;
pub mod sessions;
pub mod signing_keys;
pub mod tenants;
pub mod throttle;
pub mod user_changes;
pub mod users;

use std::{any::Any, sync::Arc};

use domain::ports::Store;

/// A store for one test, with what must live as long: a temporary folder, a database.
pub struct TestStore {
    store: Arc<dyn Store>,
    _keeps: Box<dyn Any + Send>,
}

impl TestStore {
    /// `keeps` is dropped after the store.
    pub fn new(store: impl Store, keeps: impl Any + Send) -> Self {
        Self {
            store: Arc::new(store),
            _keeps: Box::new(keeps),
        }
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

/// Makes a test of each case of the contract, from an async function or closure that makes a fresh [`TestStore`]; see
/// the [crate's page](crate).
#[macro_export]
macro_rules! conformance {
    ($fresh:expr) => {
        async fn fresh_store() -> $crate::TestStore {
            ($fresh)().await
        }

        $crate::conformance! {
            @ports
            audit:
                an_event_survives_with_every_field
                the_newest_come_first_up_to_the_limit
                another_tenant_sees_nothing
                an_event_of_no_tenant_is_in_no_tenants_list;
            client_changes:
                an_update_replaces_the_client_and_counts_a_version
                an_update_of_what_changed_since_is_stale_and_stores_nothing
                an_update_of_an_unknown_client_is_stale_and_stores_nothing
                of_parallel_updates_one_wins_and_the_others_are_stale
                a_secret_hash_is_replaced_in_its_place_and_counts_a_version
                a_secret_hash_is_not_replaced_where_another_is_stored
                a_late_hash_does_not_undo_a_change_of_the_secret;
            clients:
                a_client_survives_with_every_field
                the_first_client_survives_with_every_field
                ids_are_compared_exactly
                all_are_listed_by_the_bytes_of_their_id
                a_taken_id_is_a_conflict_and_stores_nothing
                of_parallel_adds_of_one_id_one_wins
                a_deleted_client_is_gone_and_its_id_stays_taken
                of_parallel_deletions_one_counts
                deleting_an_unknown_client_stores_nothing;
            key_ends:
                a_key_is_sealed_anew_from_the_stored_seal_alone
                a_retired_key_is_dropped_once
                a_key_in_use_or_unknown_is_not_dropped
                purge_takes_what_is_retired_long_enough;
            last_administrators:
                the_last_administrator_is_not_disabled
                of_the_last_two_administrators_one_stays_enabled
                of_the_last_two_administrators_one_stays_where_one_loses_the_role;
            mail_limits:
                an_order_over_the_limit_stores_nothing
                an_order_counts_as_long_as_the_window
                each_limited_kind_counts_for_itself_and_the_others_are_not_held_up
                each_account_has_a_limit_of_its_own
                an_order_counts_whatever_became_of_it
                of_twenty_parallel_orders_three_are_placed;
            mail_requests:
                a_request_survives_with_every_field
                a_request_is_leased_for_a_while_and_not_before_it_is_due
                the_oldest_requests_are_leased_first_up_to_the_limit
                of_parallel_workers_each_request_goes_to_one
                the_end_of_a_request_puts_mail_token_and_audit_in_its_place
                a_request_for_nobody_ends_in_the_audit
                a_request_over_the_limit_stays_with_nothing_changed
                of_parallel_ends_of_one_request_one_is_done
                who_lost_the_lease_of_a_request_ends_nothing
                purge_takes_requests_that_nobody_could_end;
            mail_settings:
                settings_survive_with_every_field
                settings_that_were_never_made_are_absent
                each_tenant_has_settings_of_its_own
                new_settings_replace_the_stored_texts_and_all_and_count_a_version
                settings_that_changed_since_they_were_read_are_stale_and_store_nothing
                of_parallel_changes_of_settings_one_wins_and_the_others_are_stale
                settings_of_an_unknown_tenant_are_not_found
                a_deleted_tenant_takes_its_settings_along;
            one_time_tokens:
                a_token_survives_with_every_field
                an_unknown_token_is_absent_and_not_redeemed
                an_order_for_a_user_of_another_tenant_stores_nothing
                an_unused_token_is_prolonged_even_after_its_end
                a_used_or_unknown_token_is_not_prolonged
                purge_takes_what_expired_before_up_to_its_limit
                a_token_is_purged_while_its_mail_is_still_there;
            outbox:
                an_order_survives_with_every_field
                an_order_is_found_by_its_id_in_every_state
                a_lease_counts_the_attempt_and_ends
                an_order_is_not_leased_before_it_is_due
                the_oldest_due_are_leased_first_up_to_the_limit
                of_parallel_workers_each_order_goes_to_one
                settlements_are_recorded
                a_dead_order_says_why_and_is_not_leased
                a_late_settlement_counts_while_nobody_else_took_the_order_up
                who_lost_the_lease_settles_nothing
                a_lease_from_before_an_operators_retry_settles_nothing
                an_order_is_not_settled_from_abroad
                of_parallel_settlements_one_counts
                each_state_is_listed_newest_first_up_to_the_limit
                an_unsent_order_can_be_retried
                an_unsent_order_can_be_dropped
                what_is_sent_or_unknown_is_neither_retried_nor_dropped
                purge_takes_old_sent_orders_up_to_its_limit;
            redemption:
                redeem_uses_the_token_up_and_replaces_the_user
                redeem_leaves_the_roles_alone
                of_twenty_redeems_of_one_token_one_wins
                of_two_tokens_of_one_user_redeemed_at_once_one_wins
                redeem_voids_the_users_unused_tokens_of_the_named_purposes
                a_token_that_redeem_orders_is_live
                a_token_is_not_redeemed_once_it_expired
                a_spent_token_is_refused_even_where_the_user_changed
                redeem_of_a_user_who_changed_is_stale_and_changes_nothing
                redeem_from_abroad_changes_nothing
                redeem_of_a_token_of_another_user_changes_nothing
                redeem_to_a_taken_address_is_a_conflict_and_changes_nothing;
            roles:
                a_role_is_held_from_grant_to_revocation
                a_change_of_roles_is_recorded_once
                nothing_is_granted_or_revoked_from_abroad
                an_unknown_user_is_said_to_be_none
                roles_are_compared_exactly
                the_last_holder_keeps_the_role_that_one_must_keep
                a_disabled_holder_does_not_count_as_the_one_to_keep
                of_the_last_two_holders_one_keeps_the_role
                of_parallel_grants_one_is_done_and_recorded;
            session_ends:
                an_ended_session_is_gone_and_the_others_stay
                a_session_is_ended_for_its_own_user_at_home_alone
                a_session_of_a_past_epoch_is_ended_once_more
                of_parallel_ends_of_one_session_one_counts
                ending_all_sessions_moves_the_epoch_on_and_is_recorded
                sessions_are_not_ended_from_abroad
                every_one_of_parallel_ends_counts
                purge_takes_what_is_over_by_time_or_epoch
                purge_stops_at_its_limit;
            session_refresh:
                refresh_stores_the_use_and_nothing_else
                refresh_leaves_the_other_sessions_alone
                refresh_needs_the_stored_generation
                refresh_needs_the_sessions_own_user_and_tenant
                refresh_makes_no_session
                refresh_does_not_revive_a_session_of_a_past_epoch
                of_twenty_parallel_refreshes_of_one_generation_one_wins
                parallel_refreshes_that_keep_the_generation_all_count
                an_end_during_refreshes_is_final
                an_end_of_all_during_refreshes_is_final;
            sessions:
                a_session_survives_with_every_field
                a_session_comes_with_the_standing_of_its_user
                an_unknown_session_is_absent
                a_session_shows_that_its_user_is_disabled
                a_session_shows_that_its_tenant_is_disabled
                a_session_shows_that_its_client_is_disabled
                the_sessions_of_a_deleted_client_are_over
                a_sign_in_that_was_overtaken_opens_nothing
                a_session_is_not_opened_for_a_user_of_another_tenant
                sessions_are_listed_last_used_first_up_to_the_limit
                a_session_is_listed_until_it_is_over
                only_the_users_own_sessions_are_listed_and_only_at_home;
            signing_keys:
                keys_survive_with_every_field_oldest_first
                a_second_current_or_next_key_is_refused_and_not_stored
                there_may_be_many_retired_keys
                of_replicas_that_start_together_one_adds_its_key
                a_rotation_puts_the_next_key_in_place
                a_rotation_changes_state_and_time_of_keys_alone
                a_rotation_of_other_keys_than_the_stored_is_refused
                a_rotation_happens_as_a_whole_or_not_at_all
                of_parallel_rotations_one_wins;
            tenants:
                a_tenant_survives_with_every_field
                unknown_tenants_are_absent
                all_are_listed_by_short_name
                a_taken_short_name_is_a_conflict_and_stores_nothing
                two_parallel_adds_of_one_short_name_make_one_tenant
                an_update_replaces_the_tenant_and_counts_a_version
                an_update_that_keeps_the_short_name_is_no_conflict
                an_update_of_what_changed_since_is_stale_and_stores_nothing
                an_update_of_a_tenant_that_is_gone_is_stale
                an_update_to_a_taken_short_name_is_a_conflict_and_stores_nothing
                of_parallel_updates_one_wins_and_the_others_are_stale
                a_deleted_tenant_is_gone_and_its_audit_stays
                deleting_what_is_not_there_stores_nothing
                a_tenant_with_users_is_not_deleted
                a_tenant_does_not_vanish_under_a_new_user
                initialization_stores_everything
                a_second_initialization_stores_nothing
                a_tenant_like_any_other_does_not_initialize
                an_instance_that_lost_its_administrators_is_not_initialized_again
                of_parallel_initializations_one_wins;
            throttle:
                each_attempt_is_judged_as_the_rule_says
                a_refused_attempt_is_counted_nowhere
                each_key_has_a_budget_of_its_own
                of_parallel_attempts_no_more_are_let_through_than_allowed
                a_familiar_place_is_counted_for_itself
                a_place_is_familiar_for_90_days_after_the_last_success
                a_success_clears_and_returns_what_it_names_alone
                a_sign_in_stores_its_success_unless_it_was_overtaken
                parallel_attempts_and_successes_hold_nobody_up
                purge_takes_what_is_forgotten_up_to_its_limit;
            user_changes:
                an_update_replaces_the_user_and_counts_a_version
                an_update_leaves_the_roles_alone
                an_update_to_another_spelling_of_the_names_is_no_conflict
                an_update_of_what_changed_since_is_stale_and_changes_nothing
                an_update_from_abroad_or_of_nobody_is_stale_and_changes_nothing
                an_update_to_a_taken_name_is_a_conflict_and_changes_nothing
                of_parallel_updates_one_wins_and_the_others_are_stale
                an_update_voids_the_users_unused_tokens_of_the_named_purposes
                an_update_whose_mail_is_over_the_limit_changes_nothing;
            users:
                a_user_survives_with_every_field
                another_tenant_sees_nothing
                a_username_is_found_and_taken_in_every_spelling
                an_address_is_found_and_taken_in_every_spelling
                names_that_only_look_alike_are_two
                another_tenant_may_have_the_same_names
                a_user_of_an_unknown_tenant_is_not_found
                a_refused_user_leaves_no_mail_token_or_audit
                a_user_is_stored_with_mail_token_and_audit
                of_parallel_adds_of_one_address_one_wins
                of_parallel_adds_of_one_username_one_wins
                a_tenants_users_are_listed_by_the_key_of_their_name
                a_hash_is_replaced_if_it_is_the_expected_one
                a_hash_is_not_replaced_from_abroad_or_where_there_is_none;
        }
    };
    (@ports $($port:ident: $($case:ident)*;)*) => {
        $(mod $port {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let fresh = super::fresh_store().await;
                $crate::conformance::$port::$case(fresh.store()).await;
            })*
        })*
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_listed() {
        let listed = include_str!("mod.rs");
        for cases in [
            include_str!("audit.rs"),
            include_str!("client_changes.rs"),
            include_str!("clients.rs"),
            include_str!("key_ends.rs"),
            include_str!("last_administrators.rs"),
            include_str!("mail_limits.rs"),
            include_str!("mail_requests.rs"),
            include_str!("mail_settings.rs"),
            include_str!("one_time_tokens.rs"),
            include_str!("outbox.rs"),
            include_str!("redemption.rs"),
            include_str!("roles.rs"),
            include_str!("session_ends.rs"),
            include_str!("session_refresh.rs"),
            include_str!("sessions.rs"),
            include_str!("signing_keys.rs"),
            include_str!("tenants.rs"),
            include_str!("throttle.rs"),
            include_str!("user_changes.rs"),
            include_str!("users.rs"),
        ] {
            for case in cases.split("\npub async fn ").skip(1) {
                let (name, _) = case.split_once('(').unwrap();
                assert!(
                    listed.contains(&format!(" {name}\n"))
                        || listed.contains(&format!(" {name};\n")),
                    "{name}"
                );
            }
        }
    }
}
