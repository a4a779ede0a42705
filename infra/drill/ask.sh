# Asks a restored database whether it is one. PGHOST, PGUSER … say where; ASK_SQL is ask.sql.
set -eu
: "${SCHEMAS:?names of the services’ schemas, separated by spaces}"
: "${ASK_SQL:?the text of ask.sql}"
printf '%s' "$ASK_SQL" |
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set "schemas=$SCHEMAS" --file -
