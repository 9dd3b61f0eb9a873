# JSON::XS decodes each line, the fields are spliced in: perl perl_xs.pl CODES FILE
# Without ->utf8 a byte is a character, so that lines which are not UTF-8 are read too.
use strict;
use warnings;
use JSON::XS;

my %suffix;
open my $codes, '<', shift or die;
while (<$codes>) {
  chomp;
  my ($code, $message, $category, $retry) = split /\t/;
  $suffix{$code} = qq(,"tc_message":"$message","tc_category":"$category","tc_retry":"$retry");
}

my $json = JSON::XS->new;
while (<>) {
  my $object = eval { $json->decode($_) };
  if (ref $object eq 'HASH' && defined $object->{code}) {
    my $added = $suffix{$object->{code}};
    substr($_, rindex($_, '}'), 0) = $added if defined $added;
  }
  print or die $!;
}
