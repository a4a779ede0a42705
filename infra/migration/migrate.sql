-- One service's schema and user, and what all share. Everything may be there already.
-- psql variable: schema, which is the user's name too.
SET client_min_messages = warning;
BEGIN;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('pika migration')); END $$;
SELECT set_config('pika.schema', :'schema', true) \g /dev/null

CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS postgis SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA extensions;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$;

DO $$
DECLARE
  name text := current_setting('pika.schema');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
    EXECUTE format('CREATE ROLE %I LOGIN', name);
  END IF;
  -- No password, ever: with rds_iam only a token signed by the service's own role signs in. Where there
  -- is no such role the server is not RDS.
  EXECUTE format('ALTER ROLE %I NOCREATEDB NOCREATEROLE PASSWORD NULL', name);
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
    EXECUTE format('GRANT rds_iam TO %I', name);
  END IF;
  -- Two tasks a side, blue and green, pools of two: the sum over seven services must stay under max_connections.
  EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 10', name);
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), name);
  EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', name);
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', name, name);
  EXECUTE format('GRANT USAGE ON SCHEMA extensions TO %I', name);
  EXECUTE format('ALTER ROLE %I SET search_path = %I, extensions', name, name);
  -- Who migrates also makes the nightly dump, and must read what the services write. A member of their roles must never
  -- be seen: through them it would belong to rds_iam, and RDS would take its password no more.
  IF name <> current_user THEN
    EXECUTE format('GRANT %I TO %I', name, current_user);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', name, current_user);
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', name, current_user);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I', name, name, current_user);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON SEQUENCES TO %I', name, name, current_user);
    EXECUTE format('REVOKE %I FROM %I', name, current_user);
  END IF;
END $$;
COMMIT;
