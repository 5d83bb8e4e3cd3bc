
# Others who may create objects where the extension is installed or used: nothing
# of theirs runs, and nothing of theirs becomes part of it (CVE-2018-1058,
# CVE-2022-2625).

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE attacker LOGIN; CREATE ROLE owner LOGIN');

# The types that the functions take, and by which operators and functions a
# careless expression would have joined them.
my @operators = (
	[ '=', 'jsonb, jsonb', 'boolean' ],
	[ '<>', 'jsonb, jsonb', 'boolean' ],
	[ '->', 'jsonb, text', 'jsonb' ],
	[ '->>', 'jsonb, text', 'text' ],
	[ '#>', 'jsonb, text[]', 'jsonb' ],
	[ '||', 'jsonb, jsonb', 'jsonb' ],
	[ '||', 'text[], text', 'text[]' ],
	[ '=', 'text, text', 'boolean' ],
	[ '=', 'numeric, numeric', 'boolean' ]);
my @functions = (
	[ 'jsonb_set', 'jsonb, text[], jsonb, boolean', 'jsonb' ],
	[ 'jsonb_typeof', 'jsonb', 'text' ],
	[ 'jsonb_eq', 'jsonb, jsonb', 'boolean' ],
	[ 'numeric_eq', 'numeric, numeric', 'boolean' ],
	[ 'texteq', 'text, text', 'boolean' ],
	[ 'format', 'text, text', 'text' ]);

# What shadows all that in a schema, each piece telling that it was run.  The
# languages are those of anybody.
sub shadows
{
	my ($schema) = @_;
	my $sql = '';
	my $number = 0;
	my $trap = sub {
		my ($name, $arguments, $result) = @_;
		return "CREATE FUNCTION $schema.$name($arguments) RETURNS $result LANGUAGE plpgsql AS "
		  . qq{\$\$ BEGIN RAISE EXCEPTION 'trapped by $schema.$name as %', current_user; END \$\$;\n};
	};

	$sql .= $trap->(@$_) foreach @functions;
	foreach my $operator (@operators)
	{
		my ($name, $arguments, $result) = @$operator;
		my ($left, $right) = split /, /, $arguments;
		my $procedure = 'operator_' . ++$number;
		$sql .= $trap->($procedure, $arguments, $result);
		$sql .= "CREATE OPERATOR $schema.$name (LEFTARG = $left, RIGHTARG = $right, PROCEDURE = $schema.$procedure);\n";
	}
	foreach my $type (qw(jsonb text int4 numeric bool))
	{
		$sql .= "CREATE DOMAIN $schema.$type AS pg_catalog.$type CHECK (VALUE IS NULL AND false);\n";
	}
	return $sql;
}

# Every function of the extension, taken by its name in a schema; and the answers.
sub calls
{
	my ($schema) = @_;
	return <<"SQL";
SELECT $schema.jsonb_array_update_where('{"a":[{"id":1.0,"b":2}]}', '{a}', 'id', '1', '{"b":{"c":3}}');
SELECT $schema.jsonb_array_upsert_where('{"a":[{"id":"x"}]}', '{a}', 'id', '"x"', '{"id":"x","n":100000000000000000000}');
SELECT $schema.jsonb_merge_at_path('{}', '{"x":[1,{"y":null}]}', '{p,q}');
SELECT $schema.jsonb_has_path_changed('{"a":{"b":[1.0]}}', '{"a":{"b":[1]}}', '{a}');
SELECT $schema.jsonb_has_path_changed('{"a":0.000100000}', '{"a":1e100}', '{a}');
SELECT $schema.jsonb_has_path_changed('{"a":[{"b":1.0}]}', '{"a":[{"b":2}]}', '{a,[b=1],b}');
SELECT $schema.jsonb_array_delete_where('{"a":[{"id":1.0},7]}', '{a}', 'id', '1');
SELECT $schema.jsonb_array_insert_where('{"a":[{"n":1.0},{"n":3}]}', '{a}', '{"n":2}', 'n', 'asc', 2);
SELECT $schema.jsonb_array_insert_where('["b","a"]', '{}', '"c"');
SELECT $schema.jsonb_array_update_where_batch('[{"id":1.0},{"id":"x"}]', '{}', 'id', '[{"match_value":1,"updates":{"a":2}},{"id":"x","b":3}]');
SELECT $schema.jsonb_array_update_multi_row(ARRAY['[{"id":1}]', NULL]::pg_catalog.jsonb[], '{}', 'id', '1.0', '{"a":2}');
SELECT $schema.jsonb_array_reconcile('[{"id":1},{"id":2}]', '{}', 'id', '[{"id":2.0},{"id":1}]');
SELECT $schema.jsonb_array_contains_id('{"a":[{"id":1.0}]}', '{a}', 'id', '1');
SELECT $schema.jsonb_extract_id('{"id":1.10}'), $schema.jsonb_extract_id('{"k":"x"}', 'k');
SELECT $schema.jsonb_merge_shallow('{"a":{"b":1}}', '{"a":{"c":2.0}}'), $schema.jsonb_deep_merge('{"a":{"b":1}}', '{"a":{"c":2.0}}');
SELECT $schema.jsonb_set_path('{"a":[1]}', '{a,[-]}', '2.0'), $schema.jsonb_remove_path('{"a":[1,2]}', '{a,[=1.0]}');
SELECT $schema.jsonb_increment('{"a":[1.10,2]}', '{a,[*]}'), $schema.jsonb_increment('{}', '{a}', 0.50);
SELECT $schema.jsonb_graft('{"a":null,"b":2}', '{"a":{"c":3}}', '{a,c}', '{b}');
SELECT $schema.jsonb_merge_patch('{"a":1,"b":2}', '{"a":null,"c":3.0}'), $schema.jsonb_merge_diff('{"a":1,"b":2}', '{"b":2.0,"c":3}');
SELECT $schema.jsonb_patch('{"a":[1,2]}', '[{"op":"test","path":"/a/0","value":1.0},{"op":"move","from":"/a/0","path":"/b"},{"op":"increment","path":"/b","value":1}]');
SELECT $schema.jsonb_diff('{"a":[1,2],"b":3}', '{"a":[1,2,3],"b":3}');
SELECT $schema.jsonb_verify('{"a":[1.0,"x",{"b":null}]}') IS NULL;
SELECT $schema.jsonb_merge_agg(doc), $schema.jsonb_deep_merge_agg(doc) FROM (VALUES ('{"a":{"b":1}}'::pg_catalog.jsonb), ('{"a":{"c":2.0}}')) AS v (doc);
SQL
}
my $answers = <<'ANSWERS';
{"a": [{"b": {"c": 3}, "id": 1.0}]}
{"a": [{"n": 100000000000000000000, "id": "x"}]}
{"p": {"q": {"x": [1, {"y": null}]}}}
f
t
t
{"a": [7]}
{"a": [{"n": 1.0}, {"n": 2}]}
["b", "a", "c"]
[{"a": 2, "id": 1.0}, {"b": 3, "id": "x"}]
[{"a": 2, "id": 1}]

[{"id": 2}, {"id": 1}]
t
1.10|x
{"a": {"c": 2.0}}|{"a": {"b": 1, "c": 2.0}}
{"a": [1, 2.0]}|{"a": [2]}
{"a": [2.10, 3]}|{"a": 0.50}
{"a": {"c": 3}}
{"b": 2, "c": 3.0}|{"a": null, "b": 2.0, "c": 3}
{"a": [2], "b": 2}
[{"op": "add", "path": "/a/2", "value": 3}]
t
{"a": {"c": 2.0}}|{"a": {"b": 1, "c": 2.0}}
ANSWERS
chomp $answers;

# Errors call core, too: the path is printed by a type's output function.
my $failure = q{jsonb_merge_at_path('{"a":{"b":1}}', '{"x":1}', '{a,b}')};

# Every call must be covered.
my $covered = sub {
	my ($database) = @_;
	my @missing = grep { calls('') !~ /\.\Q$_\E\(/ } split /\n/,
	  $node->safe_psql($database, <<'SQL');
SELECT DISTINCT p.proname
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
	AND 'internal'::regtype::oid <> ALL (p.prorettype || p.proargtypes::oid[])	-- nobody can
SQL
	is("@missing", '', "$database: every function of the extension is called");
};

sub as
{
	my ($role, $database, $sql) = @_;
	return $node->psql($database, $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
}

sub must
{
	my ($role, $database, $sql) = @_;
	my ($status, $stdout, $stderr) = as($role, $database, $sql);
	die "as $role in $database: $stderr\n$sql" if $status != 0;
	return $stdout;
}

# A database whose schema public and whose first schema on every path belong to
# anybody.
sub create_database
{
	my ($name) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER owner");
	$node->safe_psql($name, <<"SQL");
GRANT CREATE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA attic AUTHORIZATION attacker;
GRANT USAGE ON SCHEMA attic TO PUBLIC;
ALTER DATABASE $name SET search_path = attic, public, pg_catalog;
SQL
	return;
}

sub use_it
{
	my ($database, $when, $schema) = @_;
	foreach my $role ($node->safe_psql('postgres', 'SELECT current_user'), 'owner')
	{
		is(must($role, $database, calls($schema)),
			$answers, "$database: $role uses it, traps set $when");
		my (undef, undef, $stderr) = as($role, $database, "SELECT $schema.$failure");
		like($stderr, qr/ERROR:  path \{a,b\} holds a number, not an object/,
			"$database: $role makes an error, traps set $when");
	}
	return;
}

# The traps work: an unqualified expression of theirs is caught.
create_database('trapped');
must('attacker', 'trapped', shadows('attic'));
my (undef, undef, $stderr) =
  as('owner', 'trapped', q{SELECT '1'::pg_catalog.jsonb = '1'::pg_catalog.jsonb});
like($stderr, qr/trapped by attic\.operator_1 as owner/, 'the traps catch who is careless');

# Set before the extension is there, by a superuser and by the owner.
foreach my $installer ('owner', $node->safe_psql('postgres', 'SELECT current_user'))
{
	my $database = $installer eq 'owner' ? 'early_owner' : 'early_superuser';
	create_database($database);
	must('attacker', $database, shadows('attic') . shadows('public'));
	must($installer, $database, 'CREATE EXTENSION jsonb_ivm SCHEMA public');
	$covered->($database);
	use_it($database, 'before', 'public');

	# Whose types do the functions take?
	is($node->safe_psql($database, <<'SQL'), '0', "$database: no type but core's is used");
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_depend AS d ON d.objid OPERATOR(pg_catalog.=) p.oid
	AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
	AND d.deptype OPERATOR(pg_catalog.=) 'e'
JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) ANY (p.proargtypes)
	OR t.oid OPERATOR(pg_catalog.=) p.prorettype
WHERE t.typnamespace OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace
SQL
}

# Set afterwards.
create_database('late');
must('owner', 'late', 'CREATE EXTENSION jsonb_ivm SCHEMA public');
must('attacker', 'late', shadows('attic') . shadows('public'));
use_it('late', 'afterwards', 'public');

# What is installed belongs to the installer.
(undef, undef, $stderr) = as('attacker', 'late',
	q{CREATE OR REPLACE FUNCTION public.jsonb_merge_at_path(target pg_catalog.jsonb, source pg_catalog.jsonb, path pg_catalog.text[]) RETURNS pg_catalog.jsonb LANGUAGE sql AS 'SELECT null::pg_catalog.jsonb'}
);
like($stderr, qr/must be owner of function jsonb_merge_at_path/, 'nobody replaces a function that is installed');

# What is there under a name of ours is not adopted, whoever installs.
foreach my $installer ('owner', $node->safe_psql('postgres', 'SELECT current_user'))
{
	my $database = $installer eq 'owner' ? 'squatted_owner' : 'squatted_superuser';
	create_database($database);
	must('attacker', $database,
		q{CREATE FUNCTION public.jsonb_has_path_changed(old jsonb, new jsonb, path text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'}
	);
	my ($status, undef, $message) =
	  as($installer, $database, 'CREATE EXTENSION jsonb_ivm SCHEMA public');
	isnt($status, 0, "$database: installation fails where a function is there already");
	like($message, qr/function "jsonb_has_path_changed" already exists with same argument types/,
		"$database: and says so");
	is($node->safe_psql($database, <<'SQL'), 'attacker|0', "$database: the function stays what it was");
SELECT proowner::regrole, (SELECT count(*) FROM pg_extension WHERE extname = 'jsonb_ivm')
FROM pg_proc WHERE proname LIKE 'jsonb_has_path_changed'
SQL
	must($installer, $database, 'CREATE SCHEMA ours; GRANT USAGE ON SCHEMA ours TO PUBLIC; CREATE EXTENSION jsonb_ivm SCHEMA ours');
	use_it($database, 'before, under the same name', 'ours');
}

$node->stop;
done_testing();
