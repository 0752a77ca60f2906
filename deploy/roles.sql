-- One role and one schema for a service (or the gateway), which then migrates by itself:
--   psql -v service=bornes -v mot_de_passe=… -f deploy/roles.sql postgresql://…
-- May be run again: nothing is lost, the password is changed. The journal's own trigger, not a
-- right, keeps it append-only: its owner could give itself any right back.
\set ON_ERROR_STOP on
\set role relance_ :service

SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec
ALTER ROLE :"role" PASSWORD :'mot_de_passe';

-- Whoever may create roles without being a superuser must belong to one to give it a schema.
GRANT :"role" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS :"service" AUTHORIZATION :"role";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
