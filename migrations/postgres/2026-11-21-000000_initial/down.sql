DROP TABLE audit_events, familiar_places, throttle, signing_keys, clients, mail_orders, mail_requests, one_time_tokens, sessions,
    user_roles, users, tenant_mail_texts, tenant_mail, tenants;
