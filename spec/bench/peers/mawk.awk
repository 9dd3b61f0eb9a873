# JSON, by a regular expression on the line: mawk -v codes=CODES -f mawk.awk FILE
BEGIN {
  while ((getline row < codes) > 0) {
    split(row, f, "\t")
    suffix[f[1]] = ",\"tc_message\":\"" f[2] "\",\"tc_category\":\"" f[3] "\",\"tc_retry\":\"" f[4] "\"}"
  }
}
match($0, /"code":-?[0-9]+/) {
  code = substr($0, RSTART + 7, RLENGTH - 7)
  if (code in suffix) {
    print substr($0, 1, length($0) - 1) suffix[code]
    next
  }
}
{ print }
