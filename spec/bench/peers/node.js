// JSON.parse on each line, the fields are spliced in: node node.js CODES FILE
// Lines are read as latin1, one byte a character, so that any byte is accepted;
// untouched lines are written from where they were read.
"use strict";
const fs = require("fs");

const suffix = new Map();
for (const row of fs.readFileSync(process.argv[2], "latin1").trim().split("\n")) {
  const [code, message, category, retry] = row.split("\t");
  const added = `,"tc_message":"${message}","tc_category":"${category}","tc_retry":"${retry}"`;
  suffix.set(Number(code), Buffer.from(added, "latin1"));
}

const BLOCK = 1 << 20;
const input = fs.openSync(process.argv[3], "r");
const block = Buffer.allocUnsafe(2 * BLOCK);
const output = Buffer.allocUnsafe(16 * BLOCK);

// The fields for a line, or undefined.
function fieldsFor(line) {
  try {
    return suffix.get(JSON.parse(line).code);
  } catch {
    return undefined;
  }
}

let kept = 0; // bytes of an unfinished line at the start of the block
for (let size = 1; size > 0; ) {
  size = fs.readSync(input, block, kept, BLOCK);
  const end = kept + size;
  let start = 0, copied = 0, filled = 0;
  while (start < end) {
    let newline = block.indexOf(10, start);
    if (newline < 0 || newline >= end) {
      if (size > 0) break;
      newline = end;
    }
    const line = block.latin1Slice(start, newline);
    const added = fieldsFor(line);
    if (added) {
      const brace = start + line.lastIndexOf("}");
      filled += block.copy(output, filled, copied, brace);
      filled += added.copy(output, filled);
      copied = brace;
    }
    start = newline + 1;
  }
  start = Math.min(start, end);
  filled += block.copy(output, filled, copied, start);
  fs.writeSync(1, output, 0, filled);
  kept = block.copy(block, 0, start, end);
}
