-- One role and one schema for a service (or the gateway), which then migrates by itself:
--   psql -v service=bornes -v mot_de_passe=… -f deploy/roles.sql postgresql://…
-- May be run again: nothing is lost, the password is changed, and what was restored in the schema
-- before the role was there becomes the role's. The journal's own trigger, not a right, keeps it
-- append-only: its owner could give itself any right back.
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

SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, :'role')
FROM pg_namespace WHERE nspname = :'service' AND pg_get_userbyid(nspowner) <> :'role'
\gexec
-- A sequence of a column follows its table, and has no owner of its own.
SELECT format('ALTER TABLE %I.%I OWNER TO %I', :'service', relname, :'role')
FROM pg_class WHERE relnamespace = to_regnamespace(:'service') AND relkind IN ('r', 'p', 'v', 'S')
AND pg_get_userbyid(relowner) <> :'role'
AND NOT (relkind = 'S' AND EXISTS (
    SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i')))
\gexec
SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, :'role')
FROM pg_proc WHERE pronamespace = to_regnamespace(:'service')
AND pg_get_userbyid(proowner) <> :'role'
\gexec
