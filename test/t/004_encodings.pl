
# Databases in other encodings than UTF-8, spoken to in their own encoding and in
# others: keys, values, paths and messages that are not ASCII.

use strict;
use warnings;
use utf8;

use Encode;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# What a database of an encoding can hold: words, all of them different, the
# last with the longest characters there are; what Perl calls the encoding; and
# whether it knows what \u means.
my %encodings = (
	LATIN1 => { words => [ 'Größe', 'ÿ', 'naïve clé', 'þÐ' ], perl => 'iso-8859-1', escapes => 1 },
	EUC_JP => { words => [ '日本語', '鍵', 'ｱｲｳ', '丂丄' ], perl => 'euc-jp', escapes => 1 },
	SQL_ASCII => { words => [ 'Größe', '鍵', 'naïve', '💾' ], perl => 'utf-8', escapes => 0 });

# Whom to speak to, and in what.  SJIS lacks the last word's characters.
my @conversations = (
	[ 'LATIN1', 'LATIN1', 'iso-8859-1' ],
	[ 'LATIN1', 'UTF8', 'utf-8' ],
	[ 'EUC_JP', 'EUC_JP', 'euc-jp' ],
	[ 'EUC_JP', 'UTF8', 'utf-8' ],
	[ 'EUC_JP', 'SJIS', 'shiftjis' ],
	[ 'SQL_ASCII', 'SQL_ASCII', 'utf-8' ]);

foreach my $encoding (sort keys %encodings)
{
	my $database = lc $encoding;
	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION jsonb_ivm; CREATE EXTENSION jsonb_ivm_test');
}

# Characters in, characters out.  Errors come as the server words them, without
# psql's prefix.
sub ask
{
	my ($database, $client, $perl, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database,
		encode($perl, "SET client_encoding = '$client';\n$sql", Encode::FB_CROAK));
	my $error = decode($perl, $stderr, Encode::FB_CROAK);
	$error =~ s/^psql:<stdin>:\d+: //mg;
	return (decode($perl, $stdout, Encode::FB_CROAK), $error);
}

foreach my $conversation (@conversations)
{
	my ($encoding, $client, $perl) = @$conversation;
	my $database = lc $encoding;
	my ($key, $other, $value, $wide) = @{ $encodings{$encoding}{words} };
	my $name = "$encoding spoken to in $client";

	$wide = $key . $key if $client eq 'SJIS';

	# Results, which are also compared with the reference on core's functions.
	my %cases = (
		'update by key and value' => [
			qq[jsonb_array_update_where('{"$key":[{"$other":"$wide"},{"$other":"$value"}]}', '{$key}', '$other', '"$value"', '{"$wide":"$key"}')],
			qr/"\Q$other\E": "\Q$value\E"/, qr/"\Q$wide\E": "\Q$key\E"/ ],
		'no match' => [
			qq[jsonb_array_update_where('{"$key":[{"$other":"$wide"}]}', '{$key}', '$other', '"$value"', '{"$wide":1}')],
			qr/^\{"\Q$key\E": \[\{"\Q$other\E": "\Q$wide\E"\}\]\}$/ ],
		'upsert' => [
			qq[jsonb_array_upsert_where('{"$wide":{}}', '{$wide,$key}', '$value', '"$other"', '{"$value":"$other"}')],
			qr/^\{"\Q$wide\E": \{"\Q$key\E": \[\{"\Q$value\E": "\Q$other\E"\}\]\}\}$/ ],
		'merge' => [
			qq[jsonb_merge_at_path('{"$key":{"$wide":1,"a":2}}', '{"$wide":"$value","$other":"$wide"}', '{$key}')],
			qr/"\Q$wide\E": "\Q$value\E"/, qr/"\Q$other\E": "\Q$wide\E"/ ],
		'changed' => [
			qq[jsonb_has_path_changed('{"$key":{"$other":"$value"}}', '{"$key":{"$other":"$wide"}}', '{$key,$other}')], qr/^t/ ],
		'unchanged' => [
			qq[jsonb_has_path_changed('{"$key":"$value","$wide":1}', '{"$key":"$value","$wide":2}', '{$key}')], qr/^f/ ],
		'selectors' => [
			qq[jsonb_set_path('{"$key":[{"$other":"$value"},{"$other":["$wide"]}]}', ARRAY['$key', '[$other=$value]', '$wide'], '1')],
			qr/\{"(\Q$other\E": "\Q$value\E", "\Q$wide\E": 1|\Q$wide\E": 1, "\Q$other\E": "\Q$value\E")\}/ ],
		'selectors in quotes' => [
			qq[jsonb_remove_path('[{"$other":"$value"},"$wide",{"$other":"$wide"}]', ARRAY['["$other"="$wide"]'])],
			qr/^\[\{"\Q$other\E": "\Q$value\E"\}, "\Q$wide\E"\]$/ ],
		'a selector of a value' => [
			qq[jsonb_array_contains_id('{"$key":["$other",[{"$value":"$wide"}]]}', ARRAY['$key', '1'], '$value', '"$wide"')], qr/^t/ ],
		'batch' => [
			qq[jsonb_array_update_where_batch('[{"$key":"$other"},{"$key":"$wide"}]', '{}', '$key', '[{"match_value":"$wide","updates":{"$key":"$value"}}]')],
			qr/^\[\{"\Q$key\E": "\Q$other\E"\}, \{"\Q$key\E": "\Q$value\E"\}\]$/ ],
		'sorted insert' => [
			qq[jsonb_array_insert_where('[{"$key":"$other"}]', '{}', '{"$key":"${other}a"}', '$key')],
			qr/^\[\{"\Q$key\E": "\Q$other\E"\}, \{"\Q$key\E": "\Q$other\Ea"\}\]$/ ],
		'pointers' => [
			qq[jsonb_patch('{"$key":{"$wide/$other":"$value"}}', '[{"op":"move","from":"/$key/$wide~1$other","path":"/$key/$value"}]')],
			qr/^\{"\Q$key\E": \{"\Q$value\E": "\Q$value\E"\}\}$/ ],
		'difference' => [
			qq[jsonb_diff('{"$key":{"$wide/$other":1}}', '{"$key":{"$wide/$other":"$value"}}')],
			qr/"path": "\/\Q$key\E\/\Q$wide\E~1\Q$other\E", "value": "\Q$value\E"/ ],
		'merge patch' => [
			qq[jsonb_merge_patch('{"$key":{"$wide":1}}', '{"$key":{"$wide":null,"$other":"$value"}}')],
			qr/^\{"\Q$key\E": \{"\Q$other\E": "\Q$value\E"\}\}$/ ],
		'id' => [ qq[to_jsonb(jsonb_extract_id('{"$key":"$wide"}', '$key'))], qr/^"\Q$wide\E"$/ ]);
	if ($encodings{$encoding}{escapes})
	{
		my $escaped = join '', map { sprintf '\u%04x', ord } split //, $value;
		$cases{'match of escapes'} = [
			qq[jsonb_array_update_where('{"a":[{"k":"$value"}]}', '{a}', 'k', '"$escaped"', '{"n":1}')],
			qr/^\{"a": \[\{"k": "\Q$value\E", "n": 1\}\]\}$/ ];
		# No encoding but Unicode's has these characters, so no document can have them.
		$cases{'selectors of what is in no document'} = [
			q[to_jsonb(jsonb_array_contains_id('[{"k":[1]},[{"a":1}]]', ARRAY['[="\u0b95"]'], 'a', '1') OR
				jsonb_array_contains_id('[{"k":[1]},[{"a":1}]]', ARRAY['["\u0b95"=1]'], 'a', '1'))], qr/^false$/ ];
	}
	foreach my $case (sort keys %cases)
	{
		my ($expression, @patterns) = @{ $cases{$case} };
		my ($answer, $error) =
		  ask($database, $client, $perl, "SELECT jsonb_ivm_test.try(\$\$$expression\$\$)");
		is($error, '', "$name: $case: no error");
		unlike($answer, qr/DIFFERENT|NOT CANONICAL|ERROR/, "$name: $case: as core has it");
		like($answer, $_, "$name: $case: what it should be") foreach @patterns;
	}

	# However many characters, and wherever they would be cut.
	my ($faults, $none) = ask($database, $client, $perl,
		qq[SELECT count(jsonb_verify(to_jsonb(repeat('x', n) || repeat('$wide', 100000)))) FROM generate_series(0, 3) AS n]);
	is("$faults$none", '0', "$name: a long text is valid");

	# Messages name keys and paths.
	my %errors = (
		'a path' => [
			qq[jsonb_merge_at_path('{"$key":{"$other":"$value"}}', '{}', '{$key,$other}')],
			qr/^ERROR:  path \{\Q$key,$other\E\} holds a string, not an object$/m ],
		'a path element' => [
			qq[jsonb_merge_at_path('[1]', '{}', '{$key}')],
			qr/^ERROR:  path element at position 1 is not an integer: "\Q$key\E"$/m ],
		'a selector' => [
			qq{jsonb_remove_path('[1]', '{[$key}')},
			qr/^ERROR:  path element at position 1 is not a valid selector: "\[\Q$key\E"$/m ],
		'a pointer' => [
			qq[jsonb_patch('{"$key":{}}', '[{"op":"remove","path":"/$key/$other"}]')],
			qr/^ERROR:  operation 1 \(remove\): path \/\Q$key\/$other\E holds nothing$/m ],
		'a key' => [
			qq[jsonb_array_upsert_where('{}', '{a}', '$key', '1', '{"$other":1}')],
			qr/^ERROR:  element must have match_value under its key "\Q$key\E"$/m ]);
	foreach my $case (sort keys %errors)
	{
		my ($expression, $pattern) = @{ $errors{$case} };
		my (undef, $error) = ask($database, $client, $perl, "SELECT $expression");
		like($error, $pattern, "$name: the message names $case");
	}

	# What is too long is cut off between two characters; one more byte in front
	# of them moves the cut.  SQL_ASCII has no characters, only bytes, and so has
	# no promise to keep.
	next if $encoding eq 'SQL_ASCII';
	foreach my $shift ('', 'a', 'ab')
	{
		my $long = $shift . substr($wide, 0, 1) x 300;
		my (undef, $error) = ask($database, $client, $perl,
			qq[SELECT jsonb_array_upsert_where('{}', '{a}', '$long', '1', '{}')]);
		my ($shown) = $error =~ /under its key "(.*)\.\.\."$/m;
		ok(defined $shown && length $shown > 15 && index($long, $shown) == 0,
			"$name: a long key is cut off after a character (shift @{[length $shift]})");
		(undef, $error) = ask($database, $client, $perl,
			qq[SELECT jsonb_merge_at_path('{"$long":1}', '{}', '{$long}')]);
		($shown) = $error =~ /^ERROR:  path \{(.*)\.\.\. holds a number/m;
		ok(defined $shown && length $shown > 80 && index($long, $shown) == 0,
			"$name: a long path is cut off after a character (shift @{[length $shift]})");
	}
}

# What is no text of an encoding; another may take it for one.
my %verdicts = (latin1 => '', euc_jp => "a string is not valid in the database's encoding, at byte offset 8", sql_ascii => '');
foreach my $database (sort keys %verdicts)
{
	is($node->safe_psql($database, <<'SQL'), $verdicts{$database}, "$database: what is no text is a fault");
SELECT jsonb_verify(jsonb_ivm_test.from_raw(overlay(jsonb_ivm_test.raw('"aaaa"') PLACING '\xe9' FROM 10)))
SQL
}

$node->stop;
done_testing();
