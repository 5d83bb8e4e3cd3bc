
# What the splice stored, PostgreSQL reads by itself: servers that lack the
# extension's library get it by physical replication, by logical replication and by
# dump and restore, and have the right documents.

use strict;
use warnings;

use File::Basename;
use File::Copy;
use File::Find;
use File::Path;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A second installation, without the extension.  The server finds its files from
# where its own binary is, links resolved, so that one is a copy.
sub installation_without_us
{
	my $root = PostgreSQL::Test::Utils::tempdir();
	chomp(my ($bindir, @others) = map { scalar qx(pg_config --$_) } qw(bindir pkglibdir sharedir));

	mkpath("$root$bindir");
	foreach my $binary (qw(postgres pg_ctl))
	{
		copy("$bindir/$binary", "$root$bindir/$binary") or die "could not copy $binary: $!";
		chmod 0755, "$root$bindir/$binary";
	}
	my $link = sub {
		if (-d)
		{
			mkpath("$root$_");
		}
		elsif (basename($_) !~ /^jsonb_ivm/)
		{
			symlink($_, "$root$_") or die "could not link $_: $!";
		}
	};
	find({ wanted => $link, no_chdir => 1 }, @others);
	return "$root$bindir";
}
my $elsewhere = installation_without_us();

sub start_elsewhere
{
	my ($node) = @_;
	local $ENV{PATH} = "$elsewhere:$ENV{PATH}";
	$node->start;
	return;
}

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION jsonb_ivm; CREATE EXTENSION jsonb_ivm_test');

# One table for each way to compress, and one with what core makes of the same edits.
my @tables = ('pglz');
push @tables, 'lz4'
  if $primary->safe_psql('postgres',
	q{SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'}) eq 't';
note("no lz4 in this server") if @tables < 2;

my $native = 'CREATE TABLE native (id int PRIMARY KEY, data jsonb)';
$primary->safe_psql('postgres', <<"SQL");
$native;
-- From 2 kB, which stay in their row, to 200.
INSERT INTO native
SELECT id, jsonb_build_object('meta', '{"n":0}'::jsonb, 'list', (
	SELECT jsonb_agg(jsonb_build_object('id', i, 'name', format('server %s of zone %s', i * id % 50, id), 'digest', left(md5(format('%s %s', id, i)), id)) ORDER BY i)
	FROM generate_series(0, 24 << (id % 8)) AS i))
FROM generate_series(1, 40) AS id;
SQL
my %create;
foreach my $table (@tables)
{
	$create{$table} = "CREATE TABLE $table (id int PRIMARY KEY, data jsonb)";
	my $compression = $table eq 'lz4' ? "ALTER TABLE $table ALTER data SET COMPRESSION lz4" : '';
	$primary->safe_psql('postgres', <<"SQL");
$create{$table};
$compression;
INSERT INTO $table SELECT id, jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(data)) FROM native;
SQL
}

# The same edit, ours and core's.
my @edits = (
	[
		q{jsonb_merge_at_path(data, '{"n":%1$s,"who":"merge %1$s"}', '{meta}')},
		q{jsonb_set(data, '{meta}', data -> 'meta' || '{"n":%1$s,"who":"merge %1$s"}')}
	],
	[
		q{jsonb_array_update_where(data, '{list}', 'id', '%1$s', '{"name":"number %1$s"}')},
		q{jsonb_set(data, '{list,%1$s}', data #> '{list,%1$s}' || '{"name":"number %1$s"}')}
	],
	[
		q{jsonb_array_upsert_where(data, '{list}', 'id', '-%1$s', '{"id":-%1$s,"name":"one more"}')},
		q{jsonb_set(data, '{list}', data -> 'list' || '[{"id":-%1$s,"name":"one more"}]')}
	]);

my $edited = 0;
sub edit
{
	my ($rounds) = @_;
	foreach (1 .. $rounds)
	{
		$edited++;
		my ($ours, $cores) = map { sprintf $_, $edited } @{ $edits[ $edited % @edits ] };
		$primary->safe_psql('postgres', "UPDATE native SET data = $cores");
		# What was left to core is compressed again.  Where the storage is external core
		# does not compress: what then is, is ours.
		$primary->safe_psql('postgres', <<"SQL") foreach @tables;
UPDATE $_ SET data = jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(data))
WHERE jsonb_ivm_test.datum_form(data) NOT LIKE '% $_';
ALTER TABLE $_ ALTER data SET STORAGE external;
SET jsonb_ivm.compressed_splice = on;
UPDATE $_ SET data = $ours;
ALTER TABLE $_ ALTER data SET STORAGE extended;
SQL
	}
	foreach my $table (@tables)
	{
		my $forms = $primary->safe_psql('postgres', <<"SQL");
SELECT form, count(*) FROM $table, LATERAL jsonb_ivm_test.datum_form(data) AS form GROUP BY form ORDER BY form
SQL
		note("after $edited edits: " . $forms =~ s/\n/, /gr);
		my %count = $forms =~ /^([^|\n]*)\|(\d+)$/mg;
		cmp_ok($count{"inline $table"} // 0, '>=', 2, "$table: spliced in the row after $edited edits");
		cmp_ok($count{"external $table"} // 0, '>=', 15, "$table: spliced out of line after $edited edits");
	}
	return;
}

my $digest = q{SELECT count(*), md5(string_agg(data::text, E'\n' ORDER BY id)) FROM };
sub right_at
{
	my ($node, $database, $what) = @_;
	my $want = $primary->safe_psql('postgres', "$digest native");
	is($node->safe_psql($database, "$digest $_"), $want, "$what: $_ has the right documents") foreach @tables;
	return;
}

# Where we are not, nothing of ours can have been at work.
sub absent_at
{
	my ($node, $sql, $what) = @_;
	my (undef, undef, $stderr) = $node->psql('postgres', $sql);
	like($stderr, qr/could not access file|could not open extension control file|is not available/, "$what: the server lacks the extension");
	return;
}

edit(5);
right_at($primary, 'postgres', 'at home');

# The data directory: a copy, and then the WAL of more edits.
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
start_elsewhere($standby);
absent_at($standby, q{SELECT jsonb_merge_at_path('{}', '{}', '{}')}, 'standby');

# Logical replication: a copy to begin with, and then the edits.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
start_elsewhere($subscriber);
absent_at($subscriber, 'CREATE EXTENSION jsonb_ivm', 'subscriber');
$subscriber->safe_psql('postgres', join ';', values %create);
$primary->safe_psql('postgres', 'CREATE PUBLICATION edits FOR TABLE ' . join ', ', @tables);
# Old rows go along with the new ones.
$primary->safe_psql('postgres', "ALTER TABLE pglz REPLICA IDENTITY FULL");
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION edits CONNECTION '" . $primary->connstr . " dbname=postgres' PUBLICATION edits");
$subscriber->wait_for_subscription_sync($primary, 'edits');
right_at($subscriber, 'postgres', 'initial copy');

edit(3);
$primary->wait_for_catchup('edits');
right_at($subscriber, 'postgres', 'streamed edits');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
right_at($standby, 'postgres', 'standby');
my $sizes = "SELECT sum(pg_column_size(data)) FROM $tables[0]";
is($standby->safe_psql('postgres', $sizes), $primary->safe_psql('postgres', $sizes), 'standby: the bytes are those that the splice stored');

# Dump and restore, from the one that lacks us to another.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$standby->command_ok([ 'pg_dump', '-Fc', '-f', $dump, (map { ('-t', $_) } @tables), 'postgres' ], 'dump');
$subscriber->safe_psql('postgres', 'CREATE DATABASE restored');
$subscriber->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'restored', $dump ], 'restore');
right_at($subscriber, 'restored', 'restored');

# It goes on from there without us.
$standby->promote;
$standby->safe_psql('postgres', "VACUUM FULL $_") foreach @tables;
right_at($standby, 'postgres', 'rewritten');
my $core = q{SET data = jsonb_set(data, '{list,3,name}', '"native"')};
$standby->safe_psql('postgres', "UPDATE $_ $core") foreach @tables;
$primary->safe_psql('postgres', "UPDATE native $core");
right_at($standby, 'postgres', 'edited by core');

$_->stop foreach ($subscriber, $standby, $primary);
done_testing();
