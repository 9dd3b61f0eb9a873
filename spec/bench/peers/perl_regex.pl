# JSON, by a regular expression on the line: perl perl_regex.pl CODES FILE
use strict;
use warnings;

my %suffix;
open my $codes, '<', shift or die;
while (<$codes>) {
  chomp;
  my ($code, $message, $category, $retry) = split /\t/;
  $suffix{$code} = qq(,"tc_message":"$message","tc_category":"$category","tc_retry":"$retry");
}

while (<>) {
  if (/"code":(-?\d+)/ && exists $suffix{$1}) {
    my $added = $suffix{$1};
    s/\}$/$added}/;
  }
  print or die $!;
}
