// JSON.parse on each line of a split string, the fields are spliced in: node node_lines.js CODES FILE
// Lines are read as latin1, one byte a character, so that any byte is accepted.
"use strict";
const fs = require("fs");

const suffix = new Map();
for (const row of fs.readFileSync(process.argv[2], "latin1").trim().split("\n")) {
  const [code, message, category, retry] = row.split("\t");
  suffix.set(Number(code), `,"tc_message":"${message}","tc_category":"${category}","tc_retry":"${retry}"`);
}

function enrich(line) {
  let added;
  try {
    added = suffix.get(JSON.parse(line).code);
  } catch {
    return line;
  }
  if (!added) return line;
  const brace = line.lastIndexOf("}");
  return line.slice(0, brace) + added + line.slice(brace);
}

const input = fs.openSync(process.argv[3], "r");
const block = Buffer.allocUnsafe(1 << 20);
let rest = "";
for (let size; (size = fs.readSync(input, block)) > 0; ) {
  const lines = (rest + block.latin1Slice(0, size)).split("\n");
  rest = lines.pop();
  let output = "";
  for (const line of lines) output += enrich(line) + "\n";
  fs.writeSync(1, output, null, "latin1");
}
if (rest !== "") fs.writeSync(1, enrich(rest), null, "latin1");
