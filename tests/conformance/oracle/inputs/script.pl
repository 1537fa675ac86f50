use strict;
use warnings;
use List::Util qw(sum first);
use POSIX qw(floor);

# Hashes, regular expressions, closures, sorting, strings that grow, files, local, eval and die.
my %seen;
my $text = join ' ', map { "word" . ($_ * 7919 % 331) } 1 .. 4000;
$seen{$1}++ while $text =~ /(\w+)/g;
my @most = (sort { $seen{$b} <=> $seen{$a} || $a cmp $b } keys %seen)[0 .. 4];
print "$_ $seen{$_}\n" for @most;
my @closures = map { my $n = $_; sub { $n * shift } } 1 .. 200;
print sum(map { $_->(3) } @closures), "\n";
(my $changed = $text) =~ s/word(\d+)/sprintf "%05d", $1/ge;
print length $changed, "\n";
open my $file, '<', $0 or die;
my @lines = <$file>;
print scalar(@lines), "\n";
eval { die { code => 42 } };
print "caught $@->{code}\n";
my $tree = {};
for my $i (1 .. 500) {
    my $at = $tree;
    $at = $at->{$_} //= {} for split //, $i;
}
print join(',', sort keys %$tree), "\n";
print floor(10 / 3), ' ', (first { $_ > 10 } 1 .. 20), "\n";
