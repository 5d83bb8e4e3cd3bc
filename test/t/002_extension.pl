
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
	merged jsonb GENERATED ALWAYS AS (jsonb_merge_at_path(data, '{"seen":true}', '{}')) STORED);
INSERT INTO document SELECT i, jsonb_build_object('n', i % 100) FROM generate_series(1, 1000) AS i;
CREATE INDEX by_merged ON document ((jsonb_array_update_where(jsonb_merge_at_path(data, '{"k":1}', '{}'), '{list}', 'id', '1', '{}') ->> 'n'));
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
my $answers = answers('owned', 'public');
like($answers, qr/^10\|4570\n990\n/, 'the index and the view give the right rows');

# Another schema.  This takes a superuser even in the owner's database: what a
# trusted extension creates belongs to the superuser.
as_owner('CREATE SCHEMA tools');
$node->safe_psql('owned', 'ALTER EXTENSION jsonb_ivm SET SCHEMA tools');
is(answers('owned', 'tools'), $answers, 'everything works from another schema');
is($node->safe_psql('owned',
		q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace}),
	'0', 'nothing stays in the old schema');

# Dump and restore.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/owned.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'owned' ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'restored', $dump ], 'restore');
is(answers('restored', 'tools'), $answers, 'the restored database gives the same answers');

# Gone without a trace.
as_owner('DROP TABLE document CASCADE; DROP EXTENSION jsonb_ivm');
is($node->safe_psql('owned', q{SELECT count(*) FROM pg_proc WHERE proname LIKE 'jsonb_array_up%'}),
	'0', 'nothing is left of a dropped extension');

# Straight into a schema.
as_owner('CREATE EXTENSION jsonb_ivm SCHEMA tools');
is(as_owner(q{SELECT tools.jsonb_has_path_changed('{"a":1}', '{"a":2}', '{a}')}),
	't', 'the extension can be created in any schema');

# Trusted does not mean anybody: it takes the right to create in the database.
$node->safe_psql('postgres', 'CREATE ROLE guest LOGIN');
my (undef, undef, $stderr) =
  $node->psql('postgres', 'CREATE EXTENSION jsonb_ivm', extra_params => [ '-U', 'guest' ]);
like($stderr, qr/permission denied to create extension/, 'a guest cannot create the extension');

$node->stop;
done_testing();
