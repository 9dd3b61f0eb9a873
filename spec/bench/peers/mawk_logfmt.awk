# logfmt, by a regular expression on the line: mawk -v codes=CODES -f mawk_logfmt.awk FILE
BEGIN {
  while ((getline row < codes) > 0) {
    split(row, f, "\t")
    suffix[f[1]] = " tc_message=\"" f[2] "\" tc_category=" f[3] " tc_retry=" f[4]
  }
}
match($0, / code="?-?[0-9]+/) {
  code = substr($0, RSTART + 6, RLENGTH - 6)
  sub(/^"/, "", code)
  if (code in suffix) {
    print $0 suffix[code]
    next
  }
}
{ print }
