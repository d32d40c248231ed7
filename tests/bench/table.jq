# SPDX-License-Identifier: BSD-2-Clause
# Rows of figures from what the programs of this directory measured.

# The value below which the share $p of the numbers lies, between neighbours linearly.
def quantile($p):
  sort | ((length - 1) * $p) as $at | ($at | floor) as $low |
  .[$low] + (.[[$low + 1, length - 1] | min] - .[$low]) * ($at - $low);

def spread:
  { p25: quantile(0.25), median: quantile(0.5), p75: quantile(0.75) };

# From an array of rounds: $of against $to, of the same round each.
def ratio($row; $aim; $of; $to):
  { row: $row, unit: "ratio", aim: $aim } + (map(.[$of] / .[$to]) | spread) +
  { base_ns: (map(.[$to]) | quantile(0.5)), delta_ns: (map(.[$of] - .[$to]) | quantile(0.5)),
    rounds: length };

# From an array of rounds: one figure, times $scale.
def figure($row; $aim; $unit; $name; $scale):
  { row: $row, unit: $unit, aim: $aim } + (map(.[$name] * $scale) | spread) +
  { rounds: length };

# Three figures that count, and no more behind the point than there can be.
def short:
  if . == null then "-" elif . >= 100 then (round | tostring)
  elif . >= 10 then (. * 10 | round / 10 | tostring)
  else (. * 1000 | round / 1000 | tostring) end;

def line:
  "| \(.row) | \(.aim | if type == "number" then short else . // "-" end) | \(.median | short) | " +
  "\(.p25 | short) to \(.p75 | short) | \(.unit) |" +
  if .delta_ns then " \(.delta_ns | short) ns on \(.base_ns | short) ns |" else " |" end;

def table:
  "| row | aim | median | p25 to p75 | unit | difference |",
  "| --- | --- | --- | --- | --- | --- |",
  (.[] | line);
