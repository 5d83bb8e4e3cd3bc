
# From one version of the extension to the next: the new library serves the old
# catalog, an updated catalog is the same as a new one, and what depends on the
# extension works before, meanwhile and after.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN');

my $new = $node->safe_psql('postgres',
	q{SELECT default_version FROM pg_available_extensions WHERE name = 'jsonb_ivm'});
isnt($new, '1.0', 'there is a version to update to');

# The functions of 1.0, which were released once.
my $first = <<'NAMES' =~ s/\n\z//r;
jsonb_array_update_where(jsonb,text[],text,jsonb,jsonb)
jsonb_array_upsert_where(jsonb,text[],text,jsonb,jsonb)
jsonb_has_path_changed(jsonb,jsonb,text[])
jsonb_ivm_support(internal)
jsonb_merge_at_path(jsonb,jsonb,text[])
NAMES

sub create_database
{
	my ($name, $create) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER owner");
	as_owner($name, $create);
	return;
}

sub as_owner
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, $sql, extra_params => [ '-U', 'owner' ]);
}

sub version
{
	my ($database) = @_;
	return $node->safe_psql($database,
		q{SELECT extversion FROM pg_extension WHERE extname = 'jsonb_ivm'});
}

# test/catalog.sql: all that the catalog holds of it.
my $catalog_query = slurp_file('catalog.sql');

sub catalog
{
	my ($database) = @_;
	return $node->safe_psql($database, $catalog_query);
}

# What depends on the extension, made with the functions of 1.0.
my $dependents = <<'SQL';
CREATE TABLE document (id int PRIMARY KEY, data jsonb,
	merged jsonb GENERATED ALWAYS AS (jsonb_merge_at_path(data, '{"seen":true}', '{meta}')) STORED,
	CONSTRAINT few CHECK (NOT jsonb_has_path_changed(data, '{}', '{forbidden}')));
INSERT INTO document
SELECT i, jsonb_build_object('n', i % 100, 'items', jsonb_build_array(jsonb_build_object('id', i % 7, 'text', md5(i::text))))
FROM generate_series(1, 1000) AS i;
CREATE INDEX by_item ON document ((jsonb_array_update_where(data, '{items}', 'id', '3', '{"found":true}') #>> '{items,0,found}'));
CREATE UNIQUE INDEX by_upserted ON document (id, (jsonb_array_upsert_where(data, '{items}', 'id', '"x"', '{"id":"x"}') -> 'items'));
CREATE INDEX by_part ON document (id) WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE;
CREATE TABLE journal (id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = public
AS 'BEGIN INSERT INTO journal VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER n_changed AFTER UPDATE ON document FOR EACH ROW
	WHEN (jsonb_has_path_changed(OLD.data, NEW.data, '{n}')) EXECUTE FUNCTION note();
CREATE VIEW changed AS SELECT id FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}');
CREATE MATERIALIZED VIEW projection AS SELECT id, jsonb_array_upsert_where(data, '{items}', 'id', '8', '{"id":8}') AS data FROM document;
SQL

# The answers that it all gives, by its indexes; nothing stays of the trial.
sub answers
{
	my ($database) = @_;
	my %conditions = (
		by_item => q{jsonb_array_update_where(data, '{items}', 'id', '3', '{"found":true}') #>> '{items,0,found}' = 'true'},
		by_part => q{jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE});
	my @answers;

	foreach my $index (sort keys %conditions)
	{
		my $condition = $conditions{$index};
		like($node->safe_psql($database,
				"SET enable_seqscan = off; EXPLAIN (COSTS OFF) SELECT count(*) FROM document WHERE $condition"),
			qr/\b$index\b/, "$database, " . version($database) . ": $index is used");
		my $count = "SELECT count(*), sum(id) FROM document WHERE $condition";
		my $by_index = $node->safe_psql($database, "SET enable_seqscan = off; $count");
		is($by_index, $node->safe_psql($database, "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; $count"),
			"$database, " . version($database) . ": $index holds the right rows");
		push @answers, $by_index;
	}
	my (undef, undef, $stderr) =
	  $node->psql($database, q{UPDATE document SET data = '{"forbidden":1}' WHERE id = 1});
	like($stderr, qr/violates check constraint "few"/, "$database, " . version($database) . ': the constraint holds');
	push @answers, $node->safe_psql($database, <<'SQL');
BEGIN;
UPDATE document SET data = jsonb_merge_at_path(data, '{"more":1.0}', '{deeper,still}') WHERE id <= 3;
UPDATE document SET data = jsonb_array_upsert_where(data, '{items}', 'id', '3', '{"id":3,"qty":1}') WHERE id <= 3;
UPDATE document SET data = jsonb_array_update_where(data, '{items}', 'id', '3', '{"qty":2}') WHERE id <= 3;
UPDATE document SET data = jsonb_merge_at_path(data, '{"n":1000}', '{}') WHERE id = 3;
SELECT data, merged FROM document WHERE id <= 3 ORDER BY id;
SELECT * FROM journal;
SELECT count(*), sum(id) FROM changed;
REFRESH MATERIALIZED VIEW projection;
SELECT md5(string_agg(p.data::text || merged::text, ',' ORDER BY id)) FROM projection AS p JOIN document USING (id);
ROLLBACK;
SQL
	# Paths that 1.0 did not know are the library's business, not the catalog's.
	push @answers, $node->safe_psql($database,
		q{SELECT jsonb_merge_at_path(data, '{"qty":3}', '{items,[id=1]}') -> 'items' FROM document WHERE id = 1});
	return join "\n", @answers;
}

create_database('fresh', 'CREATE EXTENSION jsonb_ivm');
is(version('fresh'), $new, 'a new database gets the newest version');
my $fresh = catalog('fresh');

# The old catalog under the new library.
create_database('updated', q{CREATE EXTENSION jsonb_ivm VERSION '1.0'});
is(version('updated'), '1.0', 'the first version can be asked for');
is($node->safe_psql('updated', <<'SQL'), $first, 'it has the functions of the first version and no others');
SELECT p.oid::regprocedure
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
ORDER BY p.proname COLLATE "C"
SQL
isnt(catalog('updated'), $fresh, 'the catalogs of two versions differ');
as_owner('updated', $dependents);
my $answers = answers('updated');
like($answers, qr/^143\|.*\n10\|4570\n/, 'the answers are right');
create_database('direct', "CREATE EXTENSION jsonb_ivm; $dependents");
is(answers('direct'), $answers, 'both versions give the same answers');

# A dump tells no version: what is restored from it has the newest.
my $directory = PostgreSQL::Test::Utils::tempdir();

sub dump_of
{
	my ($database) = @_;
	$node->command_ok([ 'pg_dump', '-Fp', '-f', "$directory/$database.sql", $database ], "$database: dump");
	my $dump = slurp_file("$directory/$database.sql");
	# A random word for psql.
	$dump =~ s/^\\(un)?restrict .*$//mg;
	return $dump;
}

sub restore
{
	my ($from, $to) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $to OWNER owner");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $to, '-f', "$directory/$from.sql" ],
		"$to: restore");
	is(version($to), $new, "$to: has the newest version");
	is(answers($to), $answers, "$to: gives the same answers");
	return;
}
my $old_dump = dump_of('updated');
restore('updated', 'restored_old');

# The update, by the owner of the database.  A plan that was made before goes on.
is(as_owner('updated', <<'SQL'), "1000\n1000", 'the extension is updated between two executions of a plan');
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT count(*) FROM document WHERE jsonb_merge_at_path(data, '{"a":1}', '{}') ? 'a';
EXECUTE q;
ALTER EXTENSION jsonb_ivm UPDATE;
EXECUTE q;
SQL
is(version('updated'), $new, 'the newest version is there');
is(catalog('updated'), $fresh, 'an updated catalog is the same as a new one');
is(answers('updated'), $answers, 'everything gives the same answers after the update');
$node->safe_psql('updated', 'REINDEX TABLE document');
is(answers('updated'), $answers, 'and with indexes that were built anew');
is(dump_of('updated'), $old_dump, 'a dump is the same before and after the update');
restore('updated', 'restored_new');
is(as_owner('updated', q{SELECT jsonb_merge_agg(data ORDER BY id) -> 'n' FROM document}), '0', 'what is new is there');

# In another schema, by a superuser, with the version named.
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', <<"SQL");
CREATE SCHEMA tools;
CREATE EXTENSION jsonb_ivm SCHEMA tools VERSION '1.0';
ALTER EXTENSION jsonb_ivm UPDATE TO '$new';
SQL
$node->safe_psql('postgres', 'CREATE DATABASE fresh_elsewhere');
$node->safe_psql('fresh_elsewhere', 'CREATE SCHEMA tools; CREATE EXTENSION jsonb_ivm SCHEMA tools');
is($node->safe_psql('elsewhere', $catalog_query =~ s/to_jsonb\((\w)\) - 'oid'/to_jsonb($1) - 'oid' - 'pronamespace' - 'extnamespace'/gr),
	$node->safe_psql('fresh_elsewhere', $catalog_query =~ s/to_jsonb\((\w)\) - 'oid'/to_jsonb($1) - 'oid' - 'pronamespace' - 'extnamespace'/gr),
	'an updated catalog is the same as a new one in another schema');

# There is no way back.
is($node->safe_psql('postgres', <<'SQL'), '', 'no way leads to an older version');
SELECT source, target FROM pg_extension_update_paths('jsonb_ivm') WHERE path IS NOT NULL AND source > target
SQL
my (undef, undef, $stderr) = $node->psql('updated', q{ALTER EXTENSION jsonb_ivm UPDATE TO '1.0'});
like($stderr, qr/has no update path from version "\Q$new\E" to version "1\.0"/, 'and the server says so');
is(version('updated'), $new, 'nothing happens on the try');

# What is in the way of the update stays what it was, and the extension with it.
create_database('squatted', q{CREATE EXTENSION jsonb_ivm VERSION '1.0'});
$node->safe_psql('squatted', 'CREATE ROLE attacker LOGIN; GRANT CREATE ON SCHEMA public TO PUBLIC');
$node->safe_psql('squatted', <<'SQL', extra_params => [ '-U', 'attacker' ]);
CREATE FUNCTION public.jsonb_merge_agg(doc jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT doc'
SQL
(undef, undef, $stderr) =
  $node->psql('squatted', 'ALTER EXTENSION jsonb_ivm UPDATE', extra_params => [ '-U', 'owner' ]);
like($stderr, qr/function "jsonb_merge_agg" already exists with same argument types/,
	'a function in the way is not adopted');
is(version('squatted'), '1.0', 'the extension stays at its version');
is($node->safe_psql('squatted', q{SELECT jsonb_merge_at_path('{}', '{"x":1}', '{a}')}),
	'{"a": {"x": 1}}', 'and works');

$node->stop;
done_testing();
