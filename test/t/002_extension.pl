
# The extension as an object: who may create it, where it may live, and whether
# what depends on it survives a dump.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

sub as_owner
{
	my ($sql) = @_;
	return $node->safe_psql('owned', $sql, extra_params => [ '-U', 'owner' ]);
}

# Trusted: the owner of a database needs no superuser.
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE owned OWNER owner');
as_owner('CREATE EXTENSION jsonb_ivm');
is(as_owner(q{SELECT jsonb_merge_at_path('{}', '{"x":1}', '{a}')}),
	'{"a": {"x": 1}}', 'the owner of a database creates and uses the extension');
is(as_owner(q{SELECT extrelocatable FROM pg_extension WHERE extname = 'jsonb_ivm'}),
	't', 'the extension is relocatable');

# Expressions that use it.
as_owner(<<'SQL');
CREATE TABLE document (id int PRIMARY KEY, data jsonb,
	merged jsonb GENERATED ALWAYS AS (jsonb_merge_at_path(data, '{"seen":true}', '{}')) STORED,
	CONSTRAINT few CHECK (NOT jsonb_has_path_changed(data, '{}', '{forbidden}')));
INSERT INTO document SELECT i, jsonb_build_object('n', i % 100) FROM generate_series(1, 1000) AS i;
CREATE INDEX by_merged ON document ((jsonb_array_update_where(jsonb_merge_at_path(data, '{"k":1}', '{}'), '{list}', 'id', '1', '{}') ->> 'n'));
CREATE TABLE journal (id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = public
AS 'BEGIN INSERT INTO journal VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER n_changed AFTER UPDATE ON document FOR EACH ROW
	WHEN (jsonb_has_path_changed(OLD.data, NEW.data, '{n}')) EXECUTE FUNCTION note();
CREATE VIEW changed AS SELECT id FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}');
SQL

# The answers, by the index; and whether that is really used.
sub answers
{
	my ($database, $schema) = @_;
	my $condition =
	  "($schema.jsonb_array_update_where($schema.jsonb_merge_at_path(data, '{\"k\":1}', '{}'), '{list}', 'id', '1', '{}') ->> 'n') = '7'";
	my $settings = 'SET enable_seqscan = off;';
	my $plan = $node->safe_psql($database,
		"$settings EXPLAIN (COSTS OFF) SELECT id FROM document WHERE $condition");
	like($plan, qr/by_merged/, "$database: the index is used");
	return $node->safe_psql($database,
		"$settings SELECT count(*), sum(id) FROM document WHERE $condition; SELECT count(*) FROM changed; SELECT md5(string_agg(merged::text, ',' ORDER BY id)) FROM document"
	);
}

# Whether the constraint and the trigger work; nothing stays of the trial.
sub guards
{
	my ($database) = @_;
	my (undef, undef, $stderr) =
	  $node->psql($database, q{UPDATE document SET data = '{"forbidden":1}' WHERE id = 1});
	like($stderr, qr/violates check constraint "few"/, "$database: the constraint holds");
	is($node->safe_psql($database, <<'SQL'), '1', "$database: the trigger fires where its condition holds");
BEGIN;
UPDATE document SET data = '{"n":1.0}' WHERE id = 1;
UPDATE document SET data = '{"n":2,"m":3}' WHERE id = 1;
UPDATE document SET data = '{"n":2}' WHERE id = 1;
SELECT count(*) FROM journal;
ROLLBACK;
SQL
	return;
}
my $answers = answers('owned', 'public');
guards('owned');
like($answers, qr/^10\|4570\n990\n/, 'the index and the view give the right rows');

# Another schema.  This takes a superuser even in the owner's database: what a
# trusted extension creates belongs to the superuser.
as_owner('CREATE SCHEMA tools');
$node->safe_psql('owned', 'ALTER EXTENSION jsonb_ivm SET SCHEMA tools');
is(answers('owned', 'tools'), $answers, 'everything works from another schema');
is($node->safe_psql('owned',
		q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'jsonb%'}),
	'0', 'nothing stays in the old schema');

guards('owned');

# Anybody may call it.
$node->safe_psql('owned', 'CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA tools TO guest');
is($node->safe_psql('owned', q{SELECT tools.jsonb_merge_at_path('{}', '{"x":1}', '{}')},
		extra_params => [ '-U', 'guest' ]),
	'{"x": 1}', 'an ordinary user uses the extension');

# Dump and restore, in both kinds of dump: the same answers, and the same dump
# again.
my $directory = PostgreSQL::Test::Utils::tempdir();
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$directory/owned.dump", 'owned' ], 'dump, custom');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$directory/owned.sql", 'owned' ], 'dump, plain');
$node->safe_psql('postgres', "CREATE DATABASE $_ OWNER owner") foreach qw(restored replayed);
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'restored', "$directory/owned.dump" ],
	'restore, custom');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'replayed', '-f', "$directory/owned.sql" ],
	'restore, plain');
# What differs from one dump to another of the same is a random word for psql.
my $normal = sub {
	my $dump = slurp_file($_[0]);
	$dump =~ s/^\\(un)?restrict .*$//mg;
	return $dump;
};
my $dump = $normal->("$directory/owned.sql");
like($dump, qr/CREATE EXTENSION IF NOT EXISTS jsonb_ivm WITH SCHEMA tools/, 'the dump has the extension');
unlike($dump, qr/CREATE FUNCTION tools\./, 'the dump has none of its functions');
foreach my $database (qw(restored replayed))
{
	is(answers($database, 'tools'), $answers, "$database: the restored database gives the same answers");
	guards($database);
	$node->command_ok([ 'pg_dump', '-Fp', '-f', "$directory/$database.sql", $database ],
		"$database: dump again");
	ok($normal->("$directory/$database.sql") eq $dump, "$database: the dump of the restored database is the same");
}

# Gone without a trace.
as_owner('DROP TABLE document CASCADE; DROP EXTENSION jsonb_ivm');
is($node->safe_psql('owned', q{SELECT count(*) FROM pg_proc WHERE proname LIKE 'jsonb_array_up%'}),
	'0', 'nothing is left of a dropped extension');

# Straight into a schema.
as_owner('CREATE EXTENSION jsonb_ivm SCHEMA tools');
is(as_owner(q{SELECT tools.jsonb_has_path_changed('{"a":1}', '{"a":2}', '{a}')}),
	't', 'the extension can be created in any schema');

# Trusted does not mean anybody: it takes the right to create in the database.
my (undef, undef, $stderr) =
  $node->psql('postgres', 'CREATE EXTENSION jsonb_ivm', extra_params => [ '-U', 'guest' ]);
like($stderr, qr/permission denied to create extension/, 'a guest cannot create the extension');

$node->stop;
done_testing();
