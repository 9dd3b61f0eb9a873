# Text, by the last field: mawk -v codes=CODES -f mawk_nf.awk FILE
BEGIN {
  while ((getline row < codes) > 0) {
    split(row, f, "\t")
    suffix[f[1]] = " tc_message=\"" f[2] "\" tc_category=" f[3] " tc_retry=" f[4]
  }
  FS = " "
}
$NF in suffix { print $0 suffix[$NF]; next }
{ print }
