
# What the catalog says of the functions, and what follows from the most delicate
# part of it: they are not leakproof, so no row that a policy or a view hides gets
# as far as one of them, or into its error messages.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION jsonb_ivm');

# Functions that give documents are not strict: a null argument is an error that each
# raises itself.
is($node->safe_psql('postgres', <<'SQL'), <<'EXPECTED' =~ s/\n\z//r, 'functions are declared as intended');
SELECT p.proname, l.lanname, format('volatile %s', p.provolatile), format('parallel %s', p.proparallel),
	CASE WHEN p.proisstrict THEN 'strict' ELSE 'not strict' END,
	CASE WHEN p.proleakproof THEN 'leakproof' ELSE 'not leakproof' END,
	CASE WHEN p.prosecdef THEN 'security definer' ELSE 'security invoker' END,
	COALESCE(p.proconfig::text, 'no settings'), p.procost > 1 AS cost,
	obj_description(p.oid, 'pg_proc') IS NOT NULL AS comment
FROM pg_depend AS d
JOIN pg_proc AS p ON p.oid = d.objid
JOIN pg_language AS l ON l.oid = p.prolang
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
ORDER BY p.proname COLLATE "C"
SQL
jsonb_array_contains_id|c|volatile i|parallel s|strict|not leakproof|security invoker|no settings|t|t
jsonb_array_delete_where|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_insert_where|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_reconcile|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_update_multi_row|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_update_where|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_update_where_batch|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_array_upsert_where|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_deep_merge|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_deep_merge_agg|internal|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|f|t
jsonb_deep_merge_agg_transition|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_diff|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_extract_id|c|volatile i|parallel s|strict|not leakproof|security invoker|no settings|t|t
jsonb_graft|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_has_path_changed|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_increment|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_ivm_contains_support|c|volatile i|parallel s|strict|not leakproof|security invoker|no settings|f|t
jsonb_ivm_support|c|volatile i|parallel s|strict|not leakproof|security invoker|no settings|f|t
jsonb_merge_agg|internal|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|f|t
jsonb_merge_agg_final|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_merge_agg_transition|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_merge_at_path|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_merge_diff|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_merge_patch|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_merge_shallow|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_patch|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_remove_path|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_set_path|c|volatile i|parallel s|not strict|not leakproof|security invoker|no settings|t|t
jsonb_verify|c|volatile i|parallel s|strict|not leakproof|security invoker|no settings|t|t
EXPECTED
is($node->safe_psql('postgres', <<'SQL'), '', 'nothing but functions is installed');
SELECT pg_describe_object(classid, objid, 0)
FROM pg_depend
WHERE deptype = 'e' AND classid <> 'pg_proc'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
SQL

# Rows of two tenants, behind a policy and behind a view.  What hides them costs
# more than our functions, which are made cheap, so that cost is not what keeps
# these away.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE alice LOGIN;
CREATE FUNCTION mine(tenant text) RETURNS boolean LANGUAGE plpgsql STABLE COST 100000
AS 'BEGIN RETURN tenant = session_user; END';
CREATE TABLE account (tenant text, doc jsonb);
INSERT INTO account VALUES
	('alice', '{"list": [{"id": 1}], "note": {"text": "hers"}}'),
	('bob', '{"list": "bob''s list", "note": "bob''s note"}'),
	('bob', '"bob''s text"');
CREATE VIEW own_account WITH (security_barrier) AS SELECT * FROM account WHERE mine(tenant);
GRANT SELECT ON own_account TO alice;

CREATE TABLE policed (LIKE account);
INSERT INTO policed SELECT * FROM account;
ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON policed USING (mine(tenant));
GRANT SELECT ON policed TO alice;
SQL

# What would tell of a row, by an error or by being called.  Those that are strict
# raise none, and what returns rows cannot be part of a condition.
my $hers = q{CASE WHEN tenant = 'alice' THEN doc END};
my %probes = (
	'jsonb_array_update_where' => q{jsonb_array_update_where(doc, '{list}', 'id', '1', '{}')},
	'jsonb_array_upsert_where' => q{jsonb_array_upsert_where(doc, '{list}', 'id', '1', '{"id":1}')},
	'jsonb_array_delete_where' => q{jsonb_array_delete_where(doc, '{list}', 'id', '1')},
	'jsonb_array_insert_where' => q{jsonb_array_insert_where(doc, '{list}', '{"id":2}', 'id')},
	'jsonb_array_update_where_batch' => q{jsonb_array_update_where_batch(doc, '{list}', 'id', '[{"id":1,"a":2}]')},
	'jsonb_array_reconcile' => q{jsonb_array_reconcile(doc, '{list}', 'id', '[{"id":2}]')},
	'jsonb_merge_at_path' => q{jsonb_merge_at_path(doc, '{"a":1}', '{note}')},
	'jsonb_merge_shallow' => q{jsonb_merge_shallow(doc, '{"a":1}')},
	'jsonb_deep_merge' => q{jsonb_deep_merge(doc, '{"a":1}')},
	'jsonb_set_path' => q{jsonb_set_path(doc, '{note,a}', '1')},
	'jsonb_remove_path' => q{jsonb_remove_path(doc, ARRAY[NULLIF(tenant, 'bob')])},
	'jsonb_increment' => q{jsonb_increment(doc, '{note,a}')},
	'jsonb_graft' => q{jsonb_graft(doc, '{"note":{"a":1}}', '{note,a}')},
	'jsonb_merge_patch' => "jsonb_merge_patch(doc, $hers)",
	'jsonb_merge_diff' => "jsonb_merge_diff(doc, $hers)",
	'jsonb_patch' => q{jsonb_patch(doc, '[{"op":"remove","path":"/note/text"}]')},
	'jsonb_diff' => "jsonb_diff(doc, $hers)",
	'jsonb_has_path_changed' => q{jsonb_has_path_changed(doc, '{}', ARRAY[NULLIF(tenant, 'bob')])});
# All others in the extension.
is( $node->safe_psql('postgres', <<"SQL"), '', 'every function that may raise errors is probed');
SELECT p.proname
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
	AND p.prokind = 'f' AND NOT p.proisstrict AND NOT p.proretset
	AND 'internal'::regtype::oid <> ALL (p.prorettype || p.proargtypes::oid[])
	AND p.proname <> ALL ('{@{[join ',', keys %probes]}}')
SQL

sub probe
{
	my ($table, $function) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres',
		"SELECT tenant, $probes{$function} IS NOT NULL FROM $table WHERE $probes{$function} IS NOT NULL OR tenant = 'alice'",
		extra_params => [ '-U', 'alice' ]);
	return $stderr =~ /ERROR/ ? $stderr : $stdout;
}

foreach my $function (sort keys %probes)
{
	my $name = $node->safe_psql('postgres', "SELECT '$function'::regproc::oid::regprocedure");
	$node->safe_psql('postgres', "ALTER FUNCTION $name COST 1");
	foreach my $table ('own_account', 'policed')
	{
		like(probe($table, $function), qr/^alice\|t$/, "$table: $function does not meet hidden rows");
		my $plan = $node->safe_psql('postgres',
			"EXPLAIN (COSTS OFF) SELECT tenant FROM $table WHERE $probes{$function} IS NOT NULL",
			extra_params => [ '-U', 'alice' ]);
		like($plan, qr/Subquery Scan.*$function\(.*->.*mine\(|Filter: \(mine\(.*AND .*$function\(/s,
			"$table: $function comes after what hides rows");
	}

	# It would, if it were declared leakproof.
	$node->safe_psql('postgres', "ALTER FUNCTION $name LEAKPROOF");
	foreach my $table ('own_account', 'policed')
	{
		like(probe($table, $function), qr/ERROR:  (path|argument|target|operation)/, "$table: a leakproof $function would meet them");
	}
	$node->safe_psql('postgres', "ALTER FUNCTION $name NOT LEAKPROOF");
}

# Messages name what the caller wrote and the type of what was found, never the
# document's contents.
my (undef, undef, $stderr) = $node->psql('postgres', <<'SQL', on_error_stop => 0);
SELECT jsonb_merge_at_path('{"secret": "hidden text"}', '{"a":1}', '{secret}');
SELECT jsonb_array_update_where('{"secret": {"hidden key": 1}}', '{secret}', 'k', '1', '{}');
SELECT jsonb_array_upsert_where('{"secret": 4711}', '{secret,deeper}', 'k', '1', '{"k":1}');
SELECT jsonb_patch('{"secret": "hidden text"}', '[{"op":"test","path":"/secret","value":"x"}]');
SELECT jsonb_patch('{"secret": 4711}', '[{"op":"test","path":"/secret","value":1}]');
SELECT jsonb_patch('{"secret": "hidden text"}', '[{"op":"add","path":"/secret/deeper","value":1}]');
SELECT jsonb_increment('{"secret": "hidden text"}', '{secret}');
SELECT jsonb_set_path('{"secret": "hidden text"}', '{secret,deeper}', '1');
SELECT jsonb_array_insert_where('{"secret": {"hidden": 1}}', '{secret}', '{"k":1}', 'k');
SELECT jsonb_array_update_where_batch('{"secret": "hidden"}', '{secret}', 'k', '[{"k":1,"x":1}]');
SELECT jsonb_array_reconcile('{"secret": "hidden"}', '{secret}', 'k', '[]');
SELECT jsonb_deep_merge('"hidden"', '{}');
SQL
unlike($stderr, qr/hidden|4711/, 'no message shows what a document holds');
is(scalar(() = $stderr =~ /ERROR: /g), 12, 'all of them are errors');
like($stderr, qr/holds a string.*holds an object.*holds a number/s, 'messages show what type it is');

$node->stop;
done_testing();
