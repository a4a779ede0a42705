-- PostGIS answers, and at least one table of the services has a row: an empty database is no backup.
-- psql variable: schemas, separated by spaces.
SELECT set_config('pika.schemas', :'schemas', false) \g /dev/null
SELECT json_build_object('level', 'info', 'message', 'PostGIS answers', 'version', extensions.postgis_version());
DO $$
DECLARE
  place record;
  has_row boolean;
  filled int := 0;
BEGIN
  FOR place IN
    SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname = ANY (string_to_array(current_setting('pika.schemas'), ' '))
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', place.schemaname, place.tablename) INTO has_row;
    filled := filled + has_row::int;
  END LOOP;
  IF filled = 0 THEN
    RAISE EXCEPTION 'no table of the services has a row, in the schemas %', current_setting('pika.schemas');
  END IF;
  PERFORM set_config('pika.filled', filled::text, false);
END $$;
SELECT json_build_object('level', 'info', 'message', 'tables with rows', 'filled', current_setting('pika.filled')::int);
