# Text, by the last bytes of the line: mawk -v codes=CODES -f mawk_text.awk FILE
BEGIN {
  while ((getline row < codes) > 0) {
    split(row, f, "\t")
    suffix[f[1]] = " tc_message=\"" f[2] "\" tc_category=" f[3] " tc_retry=" f[4]
  }
}
{
  tail = substr($0, length($0) - 6)
  if (match(tail, / [0-9]+$/) && (code = substr(tail, RSTART + 1)) in suffix) print $0 suffix[code]
  else print
}
