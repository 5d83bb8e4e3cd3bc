
# An UPDATE that changes nothing costs next to nothing: the operators return the
# datum they were given, so that the stored value stays where it is.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# Nothing but our own UPDATEs shall write WAL.
$node->append_conf('postgresql.conf', <<'CONF');
autovacuum = off
checkpoint_timeout = 1h
bgwriter_lru_maxpages = 0
wal_compression = off
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION jsonb_ivm; CREATE EXTENSION jsonb_ivm_test');

# Calls that leave the document below as it is.
my %unchanged = (
	'jsonb_array_update_where: no match' =>
	  q{jsonb_array_update_where(doc, '{list}', 'id', '-1', '{"text":"new"}')},
	'jsonb_array_update_where: same values' =>
	  q{jsonb_array_update_where(doc, '{list}', 'id', '500', '{"n":500.00}')},
	'jsonb_array_upsert_where: missing element' =>
	  q{jsonb_array_upsert_where(doc, '{list,100000}', 'id', '1', '{"id":1}')},
	'jsonb_array_upsert_where: same element' =>
	  q{jsonb_array_upsert_where(doc, '{list}', 'id', '500', doc #> '{list,499}')},
	'jsonb_merge_at_path: nothing' => q{jsonb_merge_at_path(doc, '{}', '{}')},
	'jsonb_merge_at_path: same values' =>
	  q{jsonb_merge_at_path(doc, '{"title":"unchanged"}', '{meta}')},);
my $changed = q{jsonb_merge_at_path(doc, '{"title":"changed"}', '{meta}')};

# How columns can be stored, and in what form that leaves a large value.
my @columns = (
	[ 'pglz', 'SET STORAGE extended', 'external pglz' ],
	[ 'external', 'SET STORAGE external', 'external' ]);
if ($node->safe_psql('postgres',
		q{SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'}
	) eq 't')
{
	push @columns, [ 'lz4', 'SET COMPRESSION lz4', 'external lz4' ];
}

# The WAL that an UPDATE writes, in bytes.
sub wal_of
{
	my ($table, $expression) = @_;
	my $start = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
	$node->safe_psql('postgres', "UPDATE $table SET doc = $expression");
	return $node->safe_psql('postgres',
		"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$start')");
}

# The server writes a record of its own now and then, so the best of three
# counts.
sub least_wal_of
{
	my @wal = sort { $a <=> $b } map { wal_of(@_) } 1 .. 3;
	return $wal[0];
}

sub toast_value_id
{
	my ($table) = @_;
	return $node->safe_psql('postgres',
		"SELECT jsonb_ivm_test.toast_value_id(doc) FROM $table");
}

foreach my $column (@columns)
{
	my ($table, $setting, $form) = @$column;

	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE $table (doc jsonb);
ALTER TABLE $table ALTER doc $setting;
INSERT INTO $table
SELECT jsonb_build_object('list', jsonb_agg(jsonb_build_object('id', i, 'n', i * 1.00, 'text', repeat(md5(i::text), 2)) ORDER BY i),
						  'meta', '{"title":"unchanged"}'::jsonb)
FROM generate_series(1, 800) AS i;
SQL
	is($node->safe_psql('postgres',
			"SELECT length(jsonb_send(doc)) > 70000, jsonb_ivm_test.datum_form(doc) FROM $table"),
		"t|$form", "$table: the document is over 70 kB and stored as wanted");
	my $digest = $node->safe_psql('postgres', "SELECT md5(doc::text) FROM $table");
	my $id = toast_value_id($table);

	# The first change of a page after a checkpoint logs the page.  VACUUM sets
	# all hints, which may count as such changes, too.
	$node->safe_psql('postgres', "VACUUM $table");
	$node->safe_psql('postgres', 'CHECKPOINT');
	wal_of($table, 'doc');

	foreach my $call (sort keys %unchanged)
	{
		my $wal = least_wal_of($table, $unchanged{$call});
		note("$table: $call: $wal bytes of WAL");
		cmp_ok($wal, '<', 300, "$table: $call writes little WAL");
		is(toast_value_id($table), $id, "$table: $call keeps the stored value");
	}
	is($node->safe_psql('postgres', "SELECT md5(doc::text) FROM $table"),
		$digest, "$table: the document is the same");

	# The trigger compares stored bytes, and sees that there is nothing to do.
	$node->safe_psql('postgres', <<"SQL");
CREATE TRIGGER skip BEFORE UPDATE ON $table
FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
SQL
	my $row = $node->safe_psql('postgres', "SELECT ctid, xmin FROM $table");
	foreach my $call (sort keys %unchanged)
	{
		is($node->safe_psql('postgres',
				"WITH u AS (UPDATE $table SET doc = $unchanged{$call} RETURNING 1) SELECT count(*) FROM u"
			),
			'0', "$table: $call updates no row");
	}
	is($node->safe_psql('postgres', "SELECT ctid, xmin FROM $table"),
		$row, "$table: the row is where it was");

	# All this must be able to fail.
	cmp_ok(wal_of($table, $changed), '>', 5000, "$table: a change writes the document");
	isnt(toast_value_id($table), $id, "$table: a change stores another value");
	isnt($node->safe_psql('postgres', "SELECT ctid, xmin FROM $table"),
		$row, "$table: a change moves the row");
}

$node->stop;
done_testing();
