# Creates extensions, and a schema and a user for every name in SCHEMAS. May be run any number of times.
# PGHOST, PGUSER, PGPASSWORD … say where, as for every PostgreSQL tool; MIGRATE_SQL is migrate.sql.
set -eu
: "${SCHEMAS:?names of the services’ schemas, separated by spaces}"
: "${MIGRATE_SQL:?the text of migrate.sql}"
for schema in $SCHEMAS; do
  printf '%s' "$MIGRATE_SQL" | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set "schema=$schema" --file -
  echo "{\"level\":\"info\",\"message\":\"schema ready\",\"schema\":\"$schema\"}"
done
