# jq -nrR --rawfile codes CODES -f enrich.jq FILE
($codes | rtrimstr("\n") | split("\n") | map(split("\t")
  | { key: .[0], value: { tc_message: .[1], tc_category: .[2], tc_retry: .[3] } }) | from_entries) as $fields
| inputs | . as $line
| (fromjson? | objects | $fields[.code | tostring] as $added | select($added) | . + $added | tojson) // $line
