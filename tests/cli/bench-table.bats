#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# How tests/bench makes rows of what it measured: medians of ratios within a round, and whether an
# aim is met.

TABLE=$BATS_TEST_DIRNAME/../bench

table() { # FILTER, rounds on standard input
	jq -cs -L "$TABLE" "include \"table\"; $1"
}

# judged_as UNIT AIM MEDIAN: what becomes of `met`
judged_as() {
	jq -n -L "$TABLE" --arg unit "$1" --argjson aim "$2" --argjson median "$3" \
		'include "table"; { unit: $unit, aim: $aim, median: $median } | judged | .met'
}

@test "a ratio is taken within a round, and the row tells the quartiles of all" {
	rounds='{"of":20,"to":10} {"of":30,"to":10} {"of":300,"to":100} {"of":8,"to":2} {"of":1000,"to":200}'
	run table 'ratio("row"; 3; "of"; "to")' <<<"$rounds"
	[ "$(jq -c '[.p25, .median, .p75, .base_ns, .delta_ns, .rounds]' <<<"$output")" = '[3,3,4,10,20,5]' ]
	run table 'ratio_of("row"; null; .of - .to; .to) | .median' <<<"$rounds"
	[ "$output" = 2 ]
	run table 'figure("row"; null; "ms"; "of"; 0.001) | .median' <<<"$rounds"
	[ "$output" = 0.03 ]
}

@test "a ratio meets its aim in as many decimals as the aim has, two at least" {
	[ "$(judged_as ratio 1 1.004)" = true ]
	[ "$(judged_as ratio 1 1.006)" = false ]
	[ "$(judged_as ratio 0.1 0.104)" = true ]
	[ "$(judged_as ratio 1.055 1.0554)" = true ]
	[ "$(judged_as ratio 1.055 1.0556)" = false ]
}

@test "other figures meet their aim at most as high, rates at least" {
	[ "$(judged_as ms 3 3)" = true ]
	[ "$(judged_as ms 3 3.001)" = false ]
	[ "$(judged_as 1/s 600000 600000)" = true ]
	[ "$(judged_as 1/s 600000 599999)" = false ]
	[ "$(judged_as ms null 5)" = null ]
}

@test "a row that was skipped says why, and is counted as that alone" {
	rows='[{"row":"a","skipped":"no nft"},{"row":"b","aim":1,"unit":"ns","p25":1,"median":1,"p75":1}]'
	run jq -r -L "$TABLE" 'include "table"; map(judged) | table, summary' <<<"$rows"
	[ "${lines[2]}" = '| a | - | - | - | - | skipped: no nft | |' ]
	[ "${lines[3]}" = '| b | 1 | 1 | 1 to 1 | ns | met | |' ]
	[ "${lines[4]}" = '2 rows: 1 met their aim, 0 missed it, 0 have none, 1 skipped' ]
}
