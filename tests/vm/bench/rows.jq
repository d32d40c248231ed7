# SPDX-License-Identifier: BSD-2-Clause
# Rows for tests/bench/table.jq from what guest/run.sh printed: an array of its objects.
include "table";

# What a configuration adds to no program, in instructions.
def added($name):
  .[$name] - .none;

# Who has to be there for a configuration to be measured.
def needs:
  if startswith("apparmor") then "apparmor" elif startswith("cgward") or . == "beside" then "cgward" else "" end;

# The row that `make` makes of rounds that have all of $names; or one that tells why there is none.
def row_of($row; $names; $skipped; make):
  if length > 0 and all(.[]; . as $round | all($names[]; $round[.] != null)) then make
  else { row: $row, skipped: ([$names[] | needs | $skipped[.] // empty][0] // "it was not measured") } end;

def ratio_row($row; $name; $skipped):
  row_of($row; ["none", $name]; $skipped; ratio($row; null; $name; "none"));

# What one configuration adds, against what another does: their ratio; their difference for an execve, to
# which both add so little that its own spread (some hundreds of 700,000) would make the ratio.
def added_row($row; $name; $to; $skipped):
  row_of($row; ["none", $name, $to]; $skipped;
    if .[0].call == "exec" then difference($row; 0; "instructions"; .[$name] - .[$to])
    else ratio_of($row; 1; added($name); added($to)) end);

# What calls of one kind came to in each round, as rows that begin with $what.
def rows_of_call($what; $unpoliced_aim; $skipped):
  ratio_row("\($what), empty program"; "empty"; $skipped),
  (("10", "1000") as $rules |
    ratio_row("\($what), cgward, \($rules) rules"; "cgward\($rules)"; $skipped),
    ratio_row("\($what), AppArmor, \($rules) rules"; "apparmor\($rules)"; $skipped),
    added_row("\($what), \($rules) rules, added by cgward against AppArmor";
      "cgward\($rules)"; "apparmor\($rules)"; $skipped)),
  added_row("\($what), added by 1000 rules against 10"; "cgward1000"; "cgward10"; $skipped),
  ("\($what), unpoliced beside a policy, above an empty program" as $row |
    row_of($row; ["empty", "beside"]; $skipped;
      difference($row; $unpoliced_aim; "instructions"; .beside - .empty)));

# What $steps more of something in the path add: of two kinds of calls, round by round.
def rows_of_step($what; $shorter; $longer; $steps; $skipped):
  ("cgward1000", "apparmor1000") as $name |
  "\($what), \(if $name == "cgward1000" then "cgward" else "AppArmor" end)" as $row |
  [$shorter, $longer] | transpose | map(select(all(.[]; . != null and .none != null and .[$name] != null))) |
  if length > 0 then
    difference($row; null; "instructions"; ((.[1] | added($name)) - (.[0] | added($name))) / $steps)
  else { row: $row, skipped: ($skipped[$name | needs] // "it was not measured") } end;

def rows_of($series):
  (map(select(.skipped) | { (.skipped): .reason }) | add // {}) as $skipped |
  (map(select(.steps) | .steps) | add // {}) as $steps |
  map(select(.call)) | group_by(.call) | map({ (.[0].call): . }) | add // {} |
  (.["open-2"] // [] | rows_of_call("\($series): open, 2 components"; 90; $skipped)),
  (.["open-10"] // [] | rows_of_call("\($series): open, 10 components"; 90; $skipped)),
  (.["open-turns-2"] // [] | rows_of_call("\($series): open in turns, 2 components"; 90; $skipped)),
  (.["open-turns-10"] // [] | rows_of_call("\($series): open in turns, 10 components"; 90; $skipped)),
  rows_of_step("\($series): a component of the path"; .["open-2"] // []; .["open-10"] // []; $steps.components; $skipped),
  rows_of_step("\($series): a byte of the path"; .["open-2"] // []; .["open-long"] // []; $steps.bytes; $skipped),
  (.exec // [] | rows_of_call("\($series): fork and execve"; null; $skipped));
