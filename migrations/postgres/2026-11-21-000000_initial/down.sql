DROP TABLE audit_events, signing_keys, clients, mail_orders, one_time_tokens, sessions, user_roles, users, tenant_mail_texts,
    tenant_mail, tenants;
