# SPDX-License-Identifier: BSD-2-Clause
# Rows of figures from what the programs of this directory measured. A row is better the lower it is,
# but for those whose unit is "1/s".

# The value below which the share $p of the numbers lies, between neighbours linearly.
def quantile($p):
  sort | ((length - 1) * $p) as $at | ($at | floor) as $low |
  .[$low] + (.[[$low + 1, length - 1] | min] - .[$low]) * ($at - $low);

def spread:
  { p25: quantile(0.25), median: quantile(0.5), p75: quantile(0.75) };

# From an array of rounds: what the filter f makes of each against what g makes of it.
def ratio_of($row; $aim; f; g):
  { row: $row, unit: "ratio", aim: $aim } + (map(f / g) | spread) +
  { base_ns: (map(g) | quantile(0.5)), delta_ns: (map(f - g) | quantile(0.5)), rounds: length };

# $of against $to, of the same round each.
def ratio($row; $aim; $of; $to):
  ratio_of($row; $aim; .[$of]; .[$to]);

# What the filter f makes of each.
def difference($row; $aim; $unit; f):
  { row: $row, unit: $unit, aim: $aim } + (map(f) | spread) + { rounds: length };

# One figure, times $scale.
def figure($row; $aim; $unit; $name; $scale):
  difference($row; $aim; $unit; .[$name] * $scale);

# A ratio is compared in as many decimals as its aim is given with, two at least: 1.004 is 1.00.
def in_decimals_of($aim):
  (if (($aim * 100 | round) / 100 - $aim | fabs) < 1e-9 then 100 else 1000 end) as $scale |
  (. * $scale | round) / $scale;

def judged:
  if .skipped then .
  elif .aim == null then . + { met: null }
  elif .unit == "1/s" then . + { met: (.median >= .aim) }
  elif .unit == "ratio" then . + { met: ((.aim as $aim | .median | in_decimals_of($aim)) <= .aim) }
  else . + { met: (.median <= .aim) } end;

# Three figures that count, and no more behind the point than there can be.
def short:
  if . == null then "-" elif fabs >= 100 then (round | tostring)
  elif fabs >= 10 then (. * 10 | round / 10 | tostring)
  else (. * 1000 | round / 1000 | tostring) end;

def verdict:
  if .met == null then "-" elif .met then "met" else "missed" end;

def line:
  if .skipped then "| \(.row) | - | - | - | - | skipped: \(.skipped) | |"
  else
    "| \(.row) | \(.aim | short) | \(.median | short) | \(.p25 | short) to \(.p75 | short) | " +
    "\(.unit) | \(verdict) | " +
    if .delta_ns then "\(.delta_ns | short) ns on \(.base_ns | short) ns |" else "|" end
  end;

def table:
  "| row | aim | median | p25 to p75 | unit | aim is | difference |",
  "| --- | --- | --- | --- | --- | --- | --- |",
  (.[] | line);

def summary:
  "\(length) rows: \(map(select(.met == true)) | length) met their aim, " +
  "\(map(select(.met == false)) | length) missed it, " +
  "\(map(select(has("met") and .met == null)) | length) have none, " +
  "\(map(select(.skipped)) | length) skipped";
