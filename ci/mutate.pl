#!/usr/bin/env perl
#
# ci/mutate.pl SEED NUMBER DIRECTORY
#
# Make the mutant of that number of the C sources in DIRECTORY: rewrite the file
# that it is in, and print "FILE LINE KIND".  The same seed and sources give the
# same mutants.  Exits with 1 when there is no mutant of that number any more.
#
# A mutant is one small change in one place.  The next one is drawn by choosing
# one of the lines that have some left, and then one of those, both uniformly.
# Lines without code are not drawn from: comments, declarations, preprocessor
# directives other than the value of a macro, and assertions, which users do not
# have.

use strict;
use warnings;

my ($seed, $number, $directory) = @ARGV;

my %other = (
	'<' => [ '<=', '>=' ],
	'<=' => [ '<', '>' ],
	'>' => [ '>=', '<=' ],
	'>=' => [ '>', '<' ],
	'==' => ['!='],
	'!=' => ['=='],
	'&&' => ['||'],
	'||' => ['&&'],
	'+' => ['-'],
	'-' => ['+'],
	'+=' => ['-='],
	'-=' => ['+='],
	'*' => ['/'],
	'/' => ['*'],
	'%' => ['*'],
	'&' => ['|'],
	'|' => ['&'],
	'|=' => ['&='],
	'^' => ['&'],
	'<<' => ['>>'],
	'>>' => ['<<'],);
my $operator = join '|', map { quotemeta } sort { length $b <=> length $a } keys %other;

my $parentheses = qr/(?<paren>\((?:[^()]++|(?&paren))*+\))/;
# What stands without a space: a name, a call, a member, an element.
my $operand = qr/(?:[\w.&*\[\]]|->|\((?:[^()]++|\((?:[^()]++|\([^()]*\))*\))*\))+/;
my $keyword = qr/(?:return|if|else|for|while|do|switch|case|default|goto|typedef|extern|static)\b/;
my $declaration = qr/(?:const\s+)?[A-Za-z_]\w*(?:\s+\**|\s*\*+)[A-Za-z_]\w*\s*(?:[=;,\[]|$)/;

# The same text with blanks for all that is not code, so that offsets agree.
sub code_of {
	my ($text) = @_;
	my $blank = sub { my $s = shift; $s =~ s/[^\n]/ /g; return $s };
	$text =~ s{(/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')}{$blank->($1)}gse;
	# Of a directive only the value of a macro is left.
	$text =~ s{^(#define\s+\w+(?:\([^)]*\))?|#(?!define)(?:.*\\\n)*.*)}{$blank->($1)}gme;
	$text =~ s{\b((?:Assert|StaticAssert\w+)$parentheses)}{$blank->($1)}ge;
	return $text;
}

# All mutants of a file, as [line, kind, offset, length, replacement].
sub mutants_of {
	my ($text) = @_;
	my $code = code_of($text);
	my @mutants;
	my $add = sub {
		my ($kind, $offset, $length, $replacement) = @_;
		my $line = 1 + (substr($text, 0, $offset) =~ tr/\n//);
		push @mutants, [ $line, $kind, $offset, $length, $replacement ];
	};

	while ($code =~ /(?<= )($operator)(?=\s)(?!(?<=\*)\n)/g) {
		$add->("$1 becomes $_", $-[1], length $1, $_) for @{ $other{$1} };
	}
	while ($code =~ /(\+\+|--)/g) {
		$add->("$1 the other way", $-[1], 2, $1 eq '++' ? '--' : '++');
	}
	while ($code =~ /(~|!(?!=))/g) {
		$add->("$1 dropped", $-[1], 1, '');
	}
	while ($code =~ /(?<![\w.])(0[xX][0-9A-Fa-f]+|\d+)(?!\w)/g) {
		my ($offset, $length, $value) = ($-[1], length $1, $1);
		$value = oct $value if $value =~ /^0/;
		$add->('constant + 1', $offset, $length, $value + 1);
		$add->('constant - 1', $offset, $length, $value - 1) if $value > 0;
	}
	while ($code =~ /\b(true|false)\b/g) {
		$add->('truth value', $-[1], length $1, $1 eq 'true' ? 'false' : 'true');
	}
	while ($code =~ /\b(?:if|while) $parentheses/g) {
		my ($offset, $length) = ($-[1], length $1);
		my $condition = substr $text, $offset, $length;
		$add->('condition never', $offset, $length, "(false && $condition)");
		$add->('condition always', $offset, $length, "(true || $condition)");
	}
	while ($code =~ /\? ($operand) : ($operand)(?=[;,)\s])/g) {
		my ($from, $to) = ($-[1], $+[2]);
		my ($yes, $no) =
			(substr($text, $-[1], length $1), substr($text, $-[2], length $2));
		$add->('swapped operands', $from, $to - $from, "$no : $yes");
	}
	while ($code =~ m{(?<![\w.\])>])($operand) ([-/%]|<<|>>) ($operand)}g) {
		my ($from, $to, $sign) = ($-[1], $+[3], $2);
		my ($left, $right) =
			(substr($text, $-[1], length $1), substr($text, $-[3], length $3));
		$add->('swapped operands', $from, $to - $from, "$right $sign $left");
	}
	while ($code =~ /(?:[;{}):]|\belse)\s*\n\t+(?!$keyword|$declaration)(?=([A-Za-z_*][^;{}]*;))/g) {
		$add->('statement dropped', $-[1], length $1, ';');
	}
	return @mutants;
}

my (%text, %lines);
for my $path (sort glob "$directory/*.[ch]") {
	open my $in, '<', $path or die "$path: $!\n";
	local $/ = undef;
	$text{$path} = <$in>;
	for my $mutant (mutants_of($text{$path})) {
		push @{ $lines{ sprintf '%s:%05d', $path, $mutant->[0] } }, [ $path, @$mutant ];
	}
}

srand $seed;
my @left = sort keys %lines;
my $drawn;
for (1 .. $number) {
	exit 1 if !@left;
	my $i = int rand @left;
	my $of_line = $lines{ $left[$i] };
	$drawn = splice @$of_line, int rand @$of_line, 1;
	splice @left, $i, 1 if !@$of_line;
}

my ($path, $line, $kind, $offset, $length, $replacement) = @$drawn;
substr($text{$path}, $offset, $length) = $replacement;
open my $out, '>', $path or die "$path: $!\n";
print $out $text{$path};
close $out or die "$path: $!\n";
$path =~ s{.*/}{};
print "$path $line $kind\n";
