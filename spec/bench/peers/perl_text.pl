# Text, by the last space of the line: perl perl_text.pl CODES FILE
use strict;
use warnings;

my %suffix;
open my $codes, '<', shift or die;
while (<$codes>) {
  chomp;
  my ($code, $message, $category, $retry) = split /\t/;
  $suffix{$code} = qq( tc_message="$message" tc_category=$category tc_retry=$retry);
}

while (<>) {
  chomp;
  my $added = $suffix{substr $_, 1 + rindex $_, ' '};
  print $_, $added // '', "\n" or die $!;
}
